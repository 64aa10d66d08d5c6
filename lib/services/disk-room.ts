import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#config';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';
import type { FileStore } from '#plant/file-store.ts';

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** What grows. Each part may lie on a disk of its own. */
export const diskParts = ['backups', 'database', 'files', 'uploads'] as const;
export type DiskPart = (typeof diskParts)[number];

/** The disk of a part, in bytes. */
export interface Disk {
  readonly freeBytes: number;
  /** What every writer leaves free, so that the database goes on: people sign in, and delete. */
  readonly reserveBytes: number;
}

/** The one reserve of disk that all writers share. */
export interface DiskRoom {
  /** Null for a database that is not the embedded one and for a bucket: nobody knows how full they are. */
  look(part: DiskPart): Promise<Disk | null>;
  /** Throws DISK_FULL where writing `bytes` more would leave less than the reserve. */
  require(part: DiskPart, bytes: number): Promise<void>;
  /** As `require`, just before writing: what others were granted meanwhile counts as written. */
  take(part: DiskPart, bytes: number): Promise<void>;
  /** The parts for which every writer is refused by now. */
  full(): Promise<(Disk & { readonly part: DiskPart })[]>;
}

/** A fiftieth of the disk, within bounds; of a small disk never more than a quarter. */
export function reserveOf(totalBytes: number): number {
  return Math.min(Math.max(totalBytes / 50, GB / 2), 2 * GB, totalBytes / 4);
}

/** Disks are asked again after this long. Until then, what was granted is counted. */
const GOOD_MS = 100;

export function openDiskRoom(config: Config): DiskRoom {
  const asked = new Map<DiskPart, { at: number; disk: Promise<Disk | null>; granted: number }>();
  const ask = (part: DiskPart) => {
    const known = asked.get(part);
    if (known && performance.now() - known.at < GOOD_MS) return known;
    const fresh = { at: performance.now(), disk: diskOf(config, part), granted: 0 };
    asked.set(part, fresh);
    return fresh;
  };

  async function take(part: DiskPart, bytes: number): Promise<void> {
    const answer = ask(part);
    answer.granted += bytes;
    const disk = await answer.disk;
    if (!disk || disk.freeBytes - answer.granted >= disk.reserveBytes) return;
    answer.granted -= bytes;
    throw reserveReached({ ...disk, freeBytes: disk.freeBytes - answer.granted }, bytes);
  }

  async function full() {
    const found = await Promise.all(
      diskParts.map(async (part) => ({ part, disk: await diskOf(config, part) })),
    );
    return found.flatMap(({ part, disk }) => (disk && isFull(disk) ? [{ part, ...disk }] : []));
  }

  return {
    look: (part) => diskOf(config, part),
    async require(part, bytes) {
      const disk = await ask(part).disk;
      if (disk && disk.freeBytes - bytes < disk.reserveBytes) throw reserveReached(disk, bytes);
    },
    take,
    full,
  };
}

function isFull({ freeBytes, reserveBytes }: Disk): boolean {
  return freeBytes < reserveBytes;
}

function reserveReached({ freeBytes, reserveBytes }: Disk, bytes: number): FiberkeepError {
  return new FiberkeepError('DISK_FULL', {
    reason: 'reserveReached',
    params: {
      neededBytes: bytes,
      reserveBytes,
      freeBytes: Math.max(0, freeBytes),
      missingBytes: bytes + reserveBytes - freeBytes,
    },
  });
}

async function diskOf(config: Config, part: DiskPart): Promise<Disk | null> {
  const folder = await folderOf(config, part);
  // A folder that is not made yet will lie on the disk of DATA_DIR.
  const found = folder && (await statfs(folder).catch(() => statfs(config.dataDir)));
  if (!found) return null;
  const freeBytes = found.bavail * found.bsize;
  return { freeBytes, reserveBytes: reserveIn(config, found.blocks * found.bsize) };
}

function reserveIn({ diskReserveMb }: Config, totalBytes: number): number {
  return diskReserveMb === null ? Math.floor(reserveOf(totalBytes)) : diskReserveMb * MB;
}

const folders = { backups: 'vault', files: 'files', uploads: 'uploads' };

async function folderOf(config: Config, part: DiskPart): Promise<string | null> {
  if (part === 'database') return clusterFolder(config);
  return config.vault ? null : path.join(config.dataDir, folders[part]);
}

/** Where the embedded database lies; null where there is none. */
async function clusterFolder({ dataDir }: Config): Promise<string | null> {
  const home = path.join(dataDir, 'postgres');
  const text = await readFile(path.join(home, 'settings.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const { folder } = JSON.parse(text) as { folder: string };
  return path.resolve(home, folder);
}

/** An object store whose writers leave the reserve. */
export function storeWithin(room: DiskRoom, store: ObjectStore): ObjectStore {
  return {
    ...store,
    async put(name, bytes) {
      await room.take('backups', bytes.length);
      await store.put(name, bytes);
    },
    async putNew(name, bytes) {
      await room.take('backups', bytes.length);
      return store.putNew(name, bytes);
    },
  };
}

/** A file store whose writers leave the reserve. */
export function filesWithin(room: DiskRoom, files: FileStore): FileStore {
  return {
    ...files,
    receive: (bytes, maxBytes) => files.receive(taking(room, 'files', bytes), maxBytes),
    write: (sha256, bytes) => files.write(sha256, taking(room, 'files', bytes)),
  };
}

/** The same pieces, each once there is room for it. Throws DISK_FULL where there is none. */
export async function* taking(
  room: DiskRoom,
  part: DiskPart,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    await room.take(part, piece.length);
    yield piece;
  }
}

const LOOK_MS = 500;

/**
 * Runs work that makes the database grow by what nobody knows beforehand. Once half of the reserve is used up,
 * its signal aborts and this throws DISK_FULL: PostgreSQL stops where it cannot write its log.
 */
export async function whileRoom<T>(
  room: DiskRoom,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const full = new AbortController();
  const look = async () => {
    const disk = await room.look('database');
    if (disk && disk.freeBytes < disk.reserveBytes / 2) full.abort(reserveReached(disk, 0));
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  try {
    return await work(AbortSignal.any([signal, full.signal]));
  } catch (thrown) {
    if (full.signal.aborted && !signal.aborted) throw full.signal.reason;
    throw thrown;
  } finally {
    clearInterval(timer);
  }
}
