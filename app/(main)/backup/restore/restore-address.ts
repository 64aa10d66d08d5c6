import { openWindow, useOpenWindow } from '../address.ts';

export function useOpenRestore(): string | null {
  return useOpenWindow('restore');
}

/** Opens the window of a restore; null closes it. */
export function openRestore(id: string | null): void {
  openWindow('restore', id);
}
