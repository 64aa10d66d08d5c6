import { lackOfSpace } from '#engine/backup/space.ts';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import type { Server } from './server.ts';

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
  if (freeBytes === null) return;
  const params = lackOfSpace(freeBytes, Math.ceil(need.neededBytes), reserveBytes);
  if (params) throw new FiberkeepError('DISK_FULL', { reason, params });
}

/** Bytes of rows and indexes in the database for each byte of COPY text. */
const STAGED_SHARE = 2;
/** The smallest stage, with the log that PostgreSQL writes for it. */
const LEAST_BYTES = 16 * 1024 * 1024;

/**
 * Throws DISK_FULL if the stage of a restore test could fill the disk. The space of a database on another machine
 * is unknown, so there PostgreSQL itself reports a full disk.
 */
export async function requireRestoreTestSpace(server: Server, backup: Backup): Promise<void> {
  if (!isLocal(server.databaseUrl)) return;
  const neededBytes = Number(backup.tableBytes) * STAGED_SHARE + LEAST_BYTES;
  requireFreeSpace({
    freeBytes: await server.store.freeBytes(),
    neededBytes,
    // A small stage needs only a small reserve.
    reserveBytes: Math.min(RESERVE_BYTES, neededBytes),
    reason: 'noRoomForRestoreTest',
  });
}

/** Whether the database may share the disk of DATA_DIR. */
function isLocal(databaseUrl: string): boolean {
  const { hostname } = new URL(databaseUrl);
  return hostname === '' || hostname === 'localhost' || /^(127\.|\[?::1)/.test(hostname);
}
