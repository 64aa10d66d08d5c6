import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import type { ObjectStore } from '../ports.ts';

const PARTIAL_SUFFIX = '.partial';

export interface DiskStoreOptions {
  /**
   * `get` into a room blocks its thread instead of going through the thread pool. For a thread that has nothing
   * else to do: what it reads is then still in its processor's cache.
   */
  readonly blocking?: boolean;
}

/**
 * Objects as files under `folder`, which is made when missing. `put` writes a partial file, syncs it and
 * renames it; `sync` makes the names durable by syncing each folder that `put` touched since.
 */
export async function openDiskStore(
  folder: string,
  { blocking = false }: DiskStoreOptions = {},
): Promise<ObjectStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const touched = new Set<string>();

  async function place<T>(name: string, write: (partial: string) => Promise<T>): Promise<T> {
    const file = pathOf(folder, name);
    const parent = path.dirname(file);
    const partial = `${file}.${randomBytes(6).toString('hex')}${PARTIAL_SUFFIX}`;
    try {
      const written = await write(partial).catch(async (cause) => {
        if (cause.code !== 'ENOENT') throw cause;
        if (await mkdir(parent, { recursive: true, mode: 0o700 }))
          addParents(touched, folder, parent);
        return write(partial);
      });
      await rename(partial, file);
      touched.add(parent);
      return written;
    } catch (cause) {
      await rm(partial, { force: true });
      throw cause;
    }
  }

  /** Whoever asks waits for the folders that others are syncing too: what was put before may lie in them. */
  let syncing: Promise<void> = Promise.resolve();

  function sync(): Promise<void> {
    syncing = Promise.allSettled([syncing]).then(() => syncTouched());
    return syncing;
  }

  /** A folder that cannot be synced stays touched, so that nobody else takes what it holds for durable. */
  async function syncTouched(): Promise<void> {
    const folders = [...touched];
    touched.clear();
    const ended = await Promise.allSettled(folders.map(syncFolder));
    for (const [n, one] of ended.entries())
      if (one.status === 'rejected') touched.add(folders[n] as string);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  return {
    put: (name, bytes) => place(name, (partial) => writeSynced(partial, bytes, async () => {})),
    putAndGet: (name, bytes, room) =>
      place(name, (partial) =>
        writeSynced(partial, bytes, (handle) => readWhole(handle, bytes.length, room)),
      ),
    sync,
    get: (name, room) => readObject(pathOf(folder, name), name, room, blocking),
    has: (name) => exists(pathOf(folder, name)),
    delete: (name) => rm(pathOf(folder, name), { force: true }),
    list: (prefix) => listObjects(folder, prefix),
    tidy: (before) => removePartials(folder, before),
    freeBytes: () => freeBytes(folder),
  };
}

/** Names come from us, never from outside; this keeps a mistake from leaving the folder. */
function pathOf(folder: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9-]*([./][a-z0-9-]+)*$/.test(name))
    throw new RangeError(`Not an object name: ${name}`);
  return path.join(folder, name);
}

function addParents(touched: Set<string>, root: string, folder: string): void {
  for (let at = folder; at.startsWith(root); at = path.dirname(at)) touched.add(at);
}

/** Answers what `then` does with the file that was written and synced. */
async function writeSynced<T>(
  file: string,
  bytes: Uint8Array,
  then: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(file, 'wx+', 0o600);
  try {
    await writeWhole(handle, bytes);
    await handle.datasync();
    return await then(handle);
  } finally {
    await handle.close();
  }
}

/** In one go where the system takes it so: `writeFile` of a handle goes by half a megabyte. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, at);
    at += bytesWritten;
  }
}

/** What the file holds, or the beginning of it, which is a byte more than was `written` at least. */
async function readWhole(handle: FileHandle, written: number, room: Buffer): Promise<Buffer> {
  const found = room.length > written ? room : Buffer.allocUnsafeSlow(written + 1);
  return found.subarray(0, await fill(handle, found, written));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readObject(
  file: string,
  name: string,
  room: Buffer | undefined,
  blocking: boolean,
): Promise<Buffer> {
  try {
    const found = room && (blocking ? readIntoAtOnce(file, room) : await readInto(file, room));
    return found ?? (await readFile(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new FiberkeepError('CHUNK_MISSING', {
      reason: 'objectMissing',
      params: { object: name },
      cause,
    });
  }
}

/** What the file holds, or null where it may be more than there is room for. */
async function readInto(file: string, room: Buffer): Promise<Buffer | null> {
  const handle = await open(file, 'r');
  try {
    const bytes = await fill(handle, room, room.length);
    return bytes < room.length ? room.subarray(0, bytes) : null;
  } finally {
    await handle.close();
  }
}

function readIntoAtOnce(file: string, room: Buffer): Buffer | null {
  const descriptor = openSync(file, 'r');
  try {
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < room.length; bytes += read)
      read = readSync(descriptor, room, bytes, room.length - bytes, bytes);
    return bytes < room.length ? room.subarray(0, bytes) : null;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads to the end of the file or of the room, or until it has `enough`; answers how much. */
async function fill(handle: FileHandle, room: Buffer, enough: number): Promise<number> {
  let bytes = 0;
  for (let read = -1; read !== 0 && bytes < enough; bytes += read)
    read = (await handle.read(room, bytes, room.length - bytes, bytes)).bytesRead;
  return bytes;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Folder by folder, so that a store of a million objects is not in memory at once. */
async function* listObjects(folder: string, prefix: string) {
  const start = path.join(folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
  for await (const file of filesUnder(start)) {
    const name = path.relative(folder, file).split(path.sep).join('/');
    if (!name.startsWith(prefix) || name.endsWith(PARTIAL_SUFFIX)) continue;
    const found = await stat(file).catch(() => null);
    if (found) yield { name, bytes: found.size, modifiedAt: found.mtime };
  }
}

async function* filesUnder(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(unlessMissing);
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(file);
    else if (entry.isFile()) yield file;
  }
}

function unlessMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function removePartials(folder: string, before: Date): Promise<void> {
  for await (const file of filesUnder(folder)) {
    if (!file.endsWith(PARTIAL_SUFFIX)) continue;
    const found = await stat(file).catch(() => null);
    if (found && found.mtime < before) await rm(file, { force: true });
  }
}

async function freeBytes(folder: string): Promise<bigint> {
  const found = await statfs(folder, { bigint: true });
  return found.bavail * found.bsize;
}
