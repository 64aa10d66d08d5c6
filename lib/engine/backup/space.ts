import { FiberkeepError, type LackOfSpace } from '#errors';
import type { ListedFiles } from '../files/file-list.ts';
import type { Snapshot } from '../postgres/snapshot.ts';
import type { CreateRequest } from './request.ts';

/** COPY text is about as large as the table's heap, and compresses to less than half. */
const FIRST_SHARE = 0.5;
const CHANGED_SHARE = 0.05;

/** Throws DISK_FULL before anything is written where the store can hardly hold the backup. */
export async function requireSpace(
  request: CreateRequest,
  snapshot: Snapshot,
  files: ListedFiles,
): Promise<void> {
  const free = await request.store.freeBytes();
  if (free === null) return;
  const heap = [...snapshot.heapBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const known = request.previousWithFiles?.files.bytes ?? 0;
  const needed =
    heap * (request.previous ? CHANGED_SHARE : FIRST_SHARE) +
    (request.files ? Math.max(0, files.bytes - known) : 0);
  const params = lackOfSpace(free, Math.ceil(needed), request.reserveBytes);
  if (params) throw new FiberkeepError('DISK_FULL', { reason: 'backupNeedsSpace', params });
}

/** How much of a disk is missing for something; null where it fits beside the reserve. */
export function lackOfSpace(
  freeBytes: bigint,
  neededBytes: number,
  reserveBytes: number,
): LackOfSpace | null {
  const missingBytes = neededBytes + reserveBytes - Number(freeBytes);
  if (missingBytes <= 0) return null;
  return { neededBytes, reserveBytes, freeBytes: Math.max(0, Number(freeBytes)), missingBytes };
}
