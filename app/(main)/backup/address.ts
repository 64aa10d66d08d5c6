'use client';

import { useSearchParams } from 'next/navigation';

/** What has a window of its own on this page. */
type Shown = 'restore' | 'upload' | 'backup';

/** Whose window is open stands in the address, so that a reload shows it again. */
export function useOpenWindow(shown: Shown): string | null {
  return useSearchParams().get(shown);
}

/** Opens the window of a restore, upload or backup in the place of any other; null closes it. */
export function openWindow(shown: Shown, id: string | null): void {
  const url = new URL(window.location.href);
  for (const other of ['restore', 'upload', 'backup']) url.searchParams.delete(other);
  if (id !== null) url.searchParams.set(shown, id);
  window.history.pushState(null, '', url);
}
