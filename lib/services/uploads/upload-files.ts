import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { taking } from '../disk-room.ts';
import type { Server } from '../server.ts';
import { markRemoved } from './upload-rows.ts';

const UNCLAIMED_MS = 24 * 60 * 60 * 1000;

function folderOf(server: Server): string {
  return path.join(server.config.dataDir, 'uploads');
}

/** Where the bytes of an upload lie. `id` must be a UUID of ours. */
export function uploadFile(server: Server, id: string): string {
  return path.join(folderOf(server), id);
}

/** Makes the empty file for the bytes. */
export async function createUploadFile(server: Server, id: string): Promise<void> {
  await mkdir(folderOf(server), { recursive: true, mode: 0o700 });
  await (await open(uploadFile(server, id), 'wx', 0o600)).close();
}

/** Bytes that are here; null where the file is gone. */
export async function receivedBytes(server: Server, id: string): Promise<number | null> {
  const found = await stat(uploadFile(server, id)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return found?.size ?? null;
}

/** Removes the bytes of an upload that ended. */
export async function removeBytes(server: Server, id: string): Promise<void> {
  await rm(uploadFile(server, id), { force: true });
  await markRemoved(server.vault, id);
}

/**
 * Writes `source` after the first `offset` bytes, durably, and answers how many there are then. Throws
 * UPLOAD_GONE, DISK_FULL, or what `source` throws; the bytes before that stay.
 */
export async function appendToUploadFile(
  server: Server,
  id: string,
  offset: number,
  source: AsyncIterable<Uint8Array>,
  onProgress: (bytes: number) => void = () => {},
): Promise<number> {
  const handle = await open(uploadFile(server, id), 'r+').catch(unlessGone);
  let at = offset;
  try {
    for await (const piece of taking(server.room, 'uploads', source)) {
      at += await writeAll(handle, piece, at);
      onProgress(at);
    }
    return at;
  } finally {
    await handle.datasync().finally(() => handle.close());
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < piece.length; )
    done += (await handle.write(piece, done, piece.length - done, position + done)).bytesWritten;
  return piece.length;
}

/** Removes old files without a row: a process died after it made the file. */
export async function removeUnclaimedFiles(
  server: Server,
  isKnown: (id: string) => Promise<boolean>,
): Promise<void> {
  const names = await readdir(folderOf(server)).catch(() => []);
  for (const name of names) {
    const file = uploadFile(server, name);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile() || Date.now() - found.mtimeMs < UNCLAIMED_MS) continue;
    if (!(await isKnown(name))) await rm(file, { force: true });
  }
}

function unlessGone(cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'ENOENT') throw cause;
  throw uploadGone(cause);
}

export function uploadGone(cause?: unknown): FiberkeepError {
  return new FiberkeepError('UPLOAD_GONE', { cause });
}
