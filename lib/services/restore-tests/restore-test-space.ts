import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import type { Server } from '../server.ts';

/** Rows and keys in the database, by bytes of COPY text. */
const STAGED_SHARE = 2;
/** Left free for everybody else on the disk, of which a small stage takes little. */
const RESERVE_BYTES = 256 * 1024 * 1024;
/** Of the smallest stage, and of the log that making and dropping it writes. */
const LEAST_BYTES = 16 * 1024 * 1024;

/**
 * Throws DISK_FULL where the stage of a restore test could fill the disk. Where the database lies elsewhere, nobody
 * can tell, and PostgreSQL says so itself when the time comes.
 */
export async function requireRestoreTestSpace(server: Server, backup: Backup): Promise<void> {
  if (!isLocal(server.databaseUrl)) return;
  const free = await server.store.freeBytes();
  if (free === null) return;
  const needed = Number(backup.tableBytes) * STAGED_SHARE + LEAST_BYTES;
  const reserve = Math.min(RESERVE_BYTES, needed);
  if (free >= BigInt(Math.ceil(needed + reserve))) return;
  throw new FiberkeepError('DISK_FULL', {
    reason: 'noRoomForRestoreTest',
    params: { neededBytes: needed, freeBytes: Number(free) },
  });
}

/** Whether the database may share the disk of DATA_DIR. */
function isLocal(databaseUrl: string): boolean {
  const { hostname } = new URL(databaseUrl);
  return hostname === '' || hostname === 'localhost' || /^(127\.|\[?::1)/.test(hostname);
}
