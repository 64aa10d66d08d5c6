import { openDialog, useOpenDialog } from '../address.ts';

export function useOpenRestore(): string | null {
  return useOpenDialog('restore');
}

/** Opens the dialog of a restore; null closes it. */
export function openRestore(id: string | null): void {
  openDialog('restore', id);
}
