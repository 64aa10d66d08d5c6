import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { openDiskStore } from './disk-store.ts';
import { assertObjectName } from './object-name.ts';
import type { Place } from './place.ts';
import { type FolderAccess, placeUrl } from './place-access.ts';
import type { ObjectStore } from './port.ts';

/** A mounted folder as a place. Throws DESTINATION_UNUSABLE where there is no such folder. */
export async function openFolderPlace(access: FolderAccess): Promise<Place> {
  await requireFolder(access);
  const store = await openDiskStore(access.folder).catch((cause) => {
    throw asPlaceError(access, cause);
  });
  const placed = failingAsPlace(access, store);
  return {
    url: placeUrl(access),
    store: placed,
    part: (name, start, bytes) => part(access, name, start, bytes),
    listBy: (prefix) => placed.list(prefix),
    comparesChecksums: false,
    usage: null,
    clock: () => Promise.resolve(null),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function requireFolder(access: FolderAccess): Promise<void> {
  const found = await stat(access.folder).catch((cause) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
    throw asPlaceError(access, cause);
  });
  if (found?.isDirectory()) return;
  throw new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeMissing',
    params: { place: placeUrl(access) },
  });
}

async function part(
  access: FolderAccess,
  name: string,
  start: number,
  bytes: number,
): Promise<Buffer> {
  assertObjectName(name);
  await requireFolder(access);
  try {
    await using file = await open(path.join(access.folder, name));
    const read = await file.read({ buffer: Buffer.alloc(bytes), position: start });
    return read.buffer.subarray(0, read.bytesRead);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw asPlaceError(access, cause);
    throw new FiberkeepError('CHUNK_MISSING', {
      reason: 'objectMissing',
      params: { object: name },
    });
  }
}

/** The same store, whose writers look for the folder first: a disk may be unmounted at any time. */
function failingAsPlace(access: FolderAccess, store: ObjectStore): ObjectStore {
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause) => {
      throw asPlaceError(access, cause);
    });
  async function* list(prefix: string) {
    await requireFolder(access);
    try {
      yield* store.list(prefix);
    } catch (cause) {
      throw asPlaceError(access, cause);
    }
  }
  const there = async <T>(work: () => Promise<T>): Promise<T> => {
    await requireFolder(access);
    return told(work());
  };
  return {
    put: (name, bytes) => there(() => store.put(name, bytes)),
    putNew: (name, bytes) => there(() => store.putNew(name, bytes).catch(unlessNoLinks(access))),
    sync: () => told(store.sync()),
    get: (name) => there(() => store.get(name)),
    has: (name) => there(() => store.has(name)),
    delete: (name) => there(() => store.delete(name)),
    list,
    tidy: (before) => told(store.tidy(before)),
    freeBytes: () => told(store.freeBytes()),
  };
}

/** What file systems without hard links say, such as exFAT and some shares. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function unlessNoLinks(access: FolderAccess) {
  return (cause: NodeJS.ErrnoException): never => {
    if (cause.syscall !== 'link' || !NO_LINKS.includes(cause.code ?? '')) throw cause;
    throw new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeCannot',
      params: { place: placeUrl(access), detail: cause.message },
      cause,
    });
  };
}

const REFUSALS = ['EACCES', 'EPERM', 'EROFS'];
const FULL = ['ENOSPC', 'EDQUOT'];

function asPlaceError(access: FolderAccess, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (cause instanceof FiberkeepError || cause instanceof RangeError || code === undefined)
    return cause;
  const place = placeUrl(access);
  if (FULL.includes(code))
    return new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeFull',
      params: { place },
      cause,
    });
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: REFUSALS.includes(code) ? 'placeRefused' : 'placeFailed',
    params: { place, detail: message },
    cause,
  });
}
