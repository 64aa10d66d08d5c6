'use client';

import { useSearchParams } from 'next/navigation';

/** The restore whose window is open stands in the address, so that a reload shows it again. */
export function useOpenRestore(): string | null {
  return useSearchParams().get('restore');
}

/** Opens the window of a restore; null closes it. */
export function openRestore(id: string | null): void {
  const url = new URL(window.location.href);
  if (id === null) url.searchParams.delete('restore');
  else url.searchParams.set('restore', id);
  window.history.pushState(null, '', url);
}
