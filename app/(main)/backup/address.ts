'use client';

import { useSearchParams } from 'next/navigation';

/** What has a dialog of its own on this page. */
type Shown = 'restore' | 'upload' | 'backup';

/** The address names the open dialog, so that a reload shows it again. */
export function useOpenDialog(shown: Shown): string | null {
  return useSearchParams().get(shown);
}

/** Opens the dialog of a restore, upload or backup in place of any other; null closes it. */
export function openDialog(shown: Shown, id: string | null): void {
  const url = new URL(window.location.href);
  for (const other of ['restore', 'upload', 'backup']) url.searchParams.delete(other);
  if (id !== null) url.searchParams.set(shown, id);
  window.history.pushState(null, '', url);
}
