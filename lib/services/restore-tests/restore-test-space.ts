import type { Backup } from '#generated/vault/client.ts';
import type { Server } from '../server.ts';
import { RESERVE_BYTES, requireFreeSpace } from '../space.ts';

/** Rows and keys in the database, by bytes of COPY text. */
const STAGED_SHARE = 2;
/** Of the smallest stage, and of the log that making and dropping it writes. */
const LEAST_BYTES = 16 * 1024 * 1024;

/**
 * Throws DISK_FULL where the stage of a restore test could fill the disk. Where the database lies elsewhere, nobody
 * can tell, and PostgreSQL says so itself when the time comes.
 */
export async function requireRestoreTestSpace(server: Server, backup: Backup): Promise<void> {
  if (!isLocal(server.databaseUrl)) return;
  const neededBytes = Number(backup.tableBytes) * STAGED_SHARE + LEAST_BYTES;
  requireFreeSpace({
    freeBytes: await server.store.freeBytes(),
    neededBytes,
    // Of the reserve, a small stage takes little.
    reserveBytes: Math.min(RESERVE_BYTES, neededBytes),
    reason: 'noRoomForRestoreTest',
  });
}

/** Whether the database may share the disk of DATA_DIR. */
function isLocal(databaseUrl: string): boolean {
  const { hostname } = new URL(databaseUrl);
  return hostname === '' || hostname === 'localhost' || /^(127\.|\[?::1)/.test(hostname);
}
