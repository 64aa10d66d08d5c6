import { openDialog, useOpenDialog } from '../address.ts';

export function useOpenRestore(): string | null {
  return useOpenDialog('restore');
}

/** Opens the dialog of a restore, with the compare that was begun for it; null closes it. */
export function openRestore(id: string | null, compared: string | null = null): void {
  openDialog('restore', id);
  if (compared !== null) setCompared(compared);
}

/** Names the compare that the dialog shows, so that a reload shows it again. Null: it is gone. */
export function setCompared(id: string | null): void {
  const url = new URL(window.location.href);
  if (id === null) url.searchParams.delete('compared');
  else url.searchParams.set('compared', id);
  window.history.replaceState(null, '', url);
}
