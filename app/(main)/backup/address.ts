'use client';

import { useSearchParams } from 'next/navigation';

/** The kinds of things that have their own dialog on this page. */
type Shown = 'restore' | 'upload' | 'backup';

/** The address names the open dialog, so that a reload shows it again. */
export function useOpenDialog(shown: Shown): string | null {
  return useSearchParams().get(shown);
}

/** Opens the dialog of a restore, upload or backup and closes any other; null closes all. */
export function openDialog(shown: Shown, id: string | null): void {
  const url = new URL(window.location.href);
  for (const other of ['restore', 'compared', 'upload', 'backup']) url.searchParams.delete(other);
  if (id !== null) url.searchParams.set(shown, id);
  window.history.pushState(null, '', url);
}
