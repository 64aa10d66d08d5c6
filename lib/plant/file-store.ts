import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileContents } from '#engine/ports.ts';
import { FiberkeepError } from '#errors';

/** Contents of the posts' files as `<first two hex digits>/<sha256>` under one folder. */
export interface FileStore extends FileContents {
  /**
   * Takes in a content whose digest is not known yet. The store does not have it until `keep`. Throws
   * PAYLOAD_TOO_LARGE past `maxBytes`. Nothing stays after any error.
   */
  receive(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedFile>;
  /** Throws FILE_MISSING. */
  open(sha256: string): Promise<OpenContent>;
  /** Every content, in no order. */
  list(): AsyncIterable<{ sha256: string; modifiedAt: Date }>;
  /** Removes the content; no error when there is none. */
  delete(sha256: string): Promise<void>;
  /** Removes the remains of broken uploads that were last written before `before`. Answers how many. */
  deletePartials(before: Date): Promise<number>;
}

/** A content that is there. */
export interface OpenContent {
  readonly bytes: number;
  /** Streams bytes [start, end). */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** A content that is durable but not in the store yet. Disposing removes it unless it was kept. */
export interface ReceivedFile extends AsyncDisposable {
  readonly sha256: string;
  readonly bytes: number;
  /** Puts it into the store, durably. Replaces the same content there, which makes it young again. */
  keep(): Promise<void>;
}

const PARTIAL_SUFFIX = '.partial';
const PIECE_BYTES = 512 * 1024;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Opens the store in `folder`, and makes it where it is missing. */
export async function openFileStore(folder: string): Promise<FileStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (sha256: string) => {
    if (!SHA256_HEX.test(sha256)) throw new RangeError(`Not a SHA-256: ${sha256}`);
    return path.join(folder, sha256.slice(0, 2), sha256);
  };

  async function receive(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    const partial = path.join(folder, `${randomBytes(12).toString('hex')}${PARTIAL_SUFFIX}`);
    let kept = false;
    try {
      const written = await writeSynced(partial, source, maxBytes);
      return {
        ...written,
        async keep() {
          if (!kept) await place(partial, fileOf(written.sha256));
          kept = true;
        },
        [Symbol.asyncDispose]: () => rm(partial, { force: true }),
      };
    } catch (cause) {
      await rm(partial, { force: true });
      throw cause;
    }
  }

  async function write(sha256: string, source: AsyncIterable<Uint8Array>) {
    await using received = await receive(source, Number.MAX_SAFE_INTEGER);
    if (received.sha256 !== sha256)
      throw new FiberkeepError('DIGEST_MISMATCH', {
        reason: 'fileBytesDiffer',
        params: { sha256 },
      });
    await received.keep();
  }

  const has = async (sha256: string) => (await statOf(fileOf(sha256))) !== null;
  return {
    receive,
    write,
    has,
    asking: async () => has,
    async open(sha256) {
      const found = await statOf(fileOf(sha256));
      if (!found) throw missing(sha256);
      async function* read(start: number, end: number) {
        if (start < end) yield* stream(fileOf(sha256), sha256, { start, end: end - 1 });
      }
      return { bytes: found.size, read };
    },
    read: (sha256) => stream(fileOf(sha256), sha256),
    list: () => listContents(folder),
    delete: (sha256) => rm(fileOf(sha256), { force: true }),
    deletePartials: (before) => deletePartials(folder, before),
  };
}

async function writeSynced(file: string, source: AsyncIterable<Uint8Array>, maxBytes: number) {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of source) {
      bytes += piece.length;
      if (bytes > maxBytes)
        throw new FiberkeepError('PAYLOAD_TOO_LARGE', {
          reason: 'fileTooLarge',
          params: { maxBytes },
        });
      hash.update(piece);
      await writeAll(handle, piece);
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, piece: Uint8Array) {
  for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
}

/** Replaces a content that is there already: it has the same bytes, or damaged ones, which this repairs. */
async function place(partial: string, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await rename(partial, file);
  await syncFolder(path.dirname(file));
  await syncFolder(path.dirname(path.dirname(file)));
}

/** Lists one folder at a time: a large store does not fit into one listing. */
async function* listContents(folder: string) {
  for (const parent of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)))
    for (const name of await readdir(path.join(folder, parent))) {
      const found = SHA256_HEX.test(name) ? await statOf(path.join(folder, parent, name)) : null;
      if (found) yield { sha256: name, modifiedAt: found.mtime };
    }
}

async function deletePartials(folder: string, before: Date): Promise<number> {
  let deleted = 0;
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = name.endsWith(PARTIAL_SUFFIX) ? await statOf(file) : null;
    if (!found || found.mtime >= before) continue;
    await rm(file, { force: true });
    deleted++;
  }
  return deleted;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Null where there is no file. Throws other failures, so that they do not look like a missing file. */
async function statOf(file: string): Promise<Stats | null> {
  try {
    return await stat(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

async function* stream(file: string, sha256: string, range?: { start: number; end: number }) {
  try {
    yield* createReadStream(file, {
      ...range,
      highWaterMark: PIECE_BYTES,
    }) as AsyncIterable<Buffer>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw missing(sha256, cause);
    throw cause;
  }
}

function missing(sha256: string, cause?: unknown): FiberkeepError {
  return new FiberkeepError('FILE_MISSING', { reason: 'fileNotHere', params: { sha256 }, cause });
}
