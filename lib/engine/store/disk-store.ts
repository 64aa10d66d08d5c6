import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
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
import { assertObjectName } from './object-name.ts';
import type { ObjectStore } from './port.ts';

const PARTIAL_SUFFIX = '.partial';

export interface DiskStoreOptions {
  /** Reads a whole file into memory that only the caller sees; Node's `readFile` by default. */
  readonly read?: (file: string) => Promise<Buffer> | Buffer;
}

/**
 * Objects as files under `folder`, which is made when missing. `put` writes a partial file, syncs it and
 * renames it; `sync` makes the names durable by syncing each folder that `put` touched since.
 */
export async function openDiskStore(
  folder: string,
  { read = readFile }: DiskStoreOptions = {},
): Promise<ObjectStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const touched = new TouchedFolders();

  /** Writes a partial file beside `name`, and has `place` give it its name. */
  async function write<T>(
    name: string,
    bytes: Uint8Array,
    place: (partial: string, file: string) => Promise<T>,
  ): Promise<T> {
    const file = pathOf(folder, name);
    const parent = path.dirname(file);
    const partial = `${file}.${randomBytes(6).toString('hex')}${PARTIAL_SUFFIX}`;
    try {
      await writeSynced(partial, bytes).catch(async (cause) => {
        if (cause.code !== 'ENOENT') throw cause;
        if (await mkdir(parent, { recursive: true, mode: 0o700 })) touched.addUpTo(folder, parent);
        await writeSynced(partial, bytes);
      });
      const placed = await place(partial, file);
      touched.add(parent);
      return placed;
    } catch (cause) {
      await rm(partial, { force: true });
      throw cause;
    }
  }

  return {
    put: (name, bytes) => write(name, bytes, rename),
    putNew: (name, bytes) => write(name, bytes, linkNew),
    sync: () => touched.sync(),
    get: (name) => readObject(pathOf(folder, name), name, read),
    has: (name) => exists(pathOf(folder, name)),
    delete: (name) => rm(pathOf(folder, name), { force: true }),
    list: (prefix) => listObjects(folder, prefix),
    tidy: (before) => removePartials(folder, before),
    freeBytes: () => freeBytes(folder),
  };
}

function pathOf(folder: string, name: string): string {
  assertObjectName(name);
  return path.join(folder, name);
}

/** A link is never made over another file, unlike a renaming. */
async function linkNew(partial: string, file: string): Promise<boolean> {
  const made = await link(partial, file).then(
    () => true,
    (cause) => {
      if (cause.code === 'EEXIST') return false;
      throw cause;
    },
  );
  await rm(partial);
  return made;
}

/** Folders with new names in them, which are not durable yet. */
class TouchedFolders {
  readonly #folders = new Set<string>();
  #syncing: Promise<void> = Promise.resolve();

  add(folder: string): void {
    this.#folders.add(folder);
  }

  /** Adds `folder` and its parents, up to `root`. */
  addUpTo(root: string, folder: string): void {
    for (let at = folder; at.startsWith(root); at = path.dirname(at)) this.#folders.add(at);
  }

  /** Each call also waits for the folders that earlier calls are syncing: they may hold what it asks for. */
  sync(): Promise<void> {
    this.#syncing = Promise.allSettled([this.#syncing]).then(() => this.#syncAll());
    return this.#syncing;
  }

  /** A folder that cannot be synced stays touched, so that no later call takes its files for durable. */
  async #syncAll(): Promise<void> {
    const folders = [...this.#folders];
    this.#folders.clear();
    const ended = await Promise.allSettled(folders.map(syncFolder));
    for (const [n, one] of ended.entries())
      if (one.status === 'rejected') this.#folders.add(folders[n] as string);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await writeWhole(handle, bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** In one call where the system allows it: `FileHandle.writeFile` writes half a megabyte at a time. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, at);
    at += bytesWritten;
  }
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
  read: NonNullable<DiskStoreOptions['read']>,
): Promise<Buffer> {
  try {
    return await read(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new FiberkeepError('CHUNK_MISSING', {
      reason: 'objectMissing',
      params: { object: name },
      cause,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (cause) => {
      if (cause.code === 'ENOENT') return false;
      throw cause;
    },
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
