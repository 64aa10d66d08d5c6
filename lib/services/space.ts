import { FiberkeepError } from '#errors';

/** Every writer leaves this much of the disk free, for the database and everybody else. */
export const RESERVE_BYTES = 64 * 1024 * 1024;

export interface SpaceNeed {
  /** Null: nobody knows, and so everything fits. */
  readonly freeBytes: bigint | null;
  readonly neededBytes: number;
  readonly reserveBytes?: number;
  readonly reason:
    | 'noRoomForArchive'
    | 'noRoomForBackup'
    | 'noRoomForRestoreTest'
    | 'noRoomForUpload';
}

/** Throws DISK_FULL where the disk has no room for `neededBytes` beside the reserve. */
export function requireFreeSpace(need: SpaceNeed): void {
  const { freeBytes, reason, reserveBytes = RESERVE_BYTES } = need;
  const neededBytes = Math.ceil(need.neededBytes);
  if (freeBytes === null || freeBytes >= BigInt(neededBytes + reserveBytes)) return;
  const params = { neededBytes, freeBytes: Math.max(0, Number(freeBytes)) };
  if (reason === 'noRoomForBackup')
    throw new FiberkeepError('DISK_FULL', { reason, params: { ...params, reserveBytes } });
  throw new FiberkeepError('DISK_FULL', { reason, params });
}
