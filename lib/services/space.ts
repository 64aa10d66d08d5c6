import { lackOfSpace } from '#engine/backup/space.ts';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import type { Disk } from './disk-room.ts';
import type { Server } from './server.ts';

export interface SpaceNeed {
  /** Null: nobody knows, and so everything fits. */
  readonly freeBytes: bigint | null;
  readonly neededBytes: number;
  readonly reserveBytes: number;
  readonly reason:
    | 'noRoomForArchive'
    | 'noRoomForBackup'
    | 'noRoomForRestoreTest'
    | 'noRoomForUpload';
}

/** Throws DISK_FULL where the disk has no room for `neededBytes` beside the reserve. */
export function requireFreeSpace(need: SpaceNeed): void {
  const { freeBytes, reason, reserveBytes } = need;
  if (freeBytes === null) return;
  const params = lackOfSpace(freeBytes, Math.ceil(need.neededBytes), reserveBytes);
  if (params) throw new FiberkeepError('DISK_FULL', { reason, params });
}

/** Bytes of rows and indexes in the database for each byte of COPY text. */
const STAGED_SHARE = 2;
/** The smallest stage, with the log that PostgreSQL writes for it. */
const LEAST_BYTES = 16 * 1024 * 1024;

/**
 * Throws DISK_FULL if the stage of this backup could fill the disk of the database. Where nobody knows that disk,
 * PostgreSQL itself reports that it is full.
 */
export async function requireStageSpace(server: Server, backup: Backup): Promise<void> {
  requireRoomToLoad(await server.room.look('database'), backup);
}

/** As `requireStageSpace`. A restore test can wait, so a database on this machine is taken to be on our disk. */
export async function requireRestoreTestSpace(server: Server, backup: Backup): Promise<void> {
  const known = await server.room.look('database');
  const near = isLocal(server.databaseUrl) ? await server.room.look('backups') : null;
  requireRoomToLoad(known ?? near, backup);
}

function requireRoomToLoad(disk: Disk | null, backup: Backup): void {
  if (!disk) return;
  requireFreeSpace({
    freeBytes: BigInt(disk.freeBytes),
    neededBytes: Number(backup.tableBytes) * STAGED_SHARE + LEAST_BYTES,
    reserveBytes: disk.reserveBytes,
    reason: 'noRoomForRestoreTest',
  });
}

/** Whether the database may share the disk of DATA_DIR. */
function isLocal(databaseUrl: string): boolean {
  const { hostname } = new URL(databaseUrl);
  return hostname === '' || hostname === 'localhost' || /^(127\.|\[?::1)/.test(hostname);
}

/** What the store leaves free. */
export async function storeReserve({ room }: Pick<Server, 'room'>): Promise<number> {
  return (await room.look('backups'))?.reserveBytes ?? 0;
}
