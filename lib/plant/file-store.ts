import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { FileContents } from '../engine/types.ts';
import { RewindError } from '../errors/index.ts';

/** Contents of the posts' files as `<first two hex digits>/<sha256>` under one folder. */
export interface FileStore extends FileContents {
  /**
   * Stores a content whose digest is not known yet; answers it and its size. Durable when done.
   * Throws PAYLOAD_TOO_LARGE past `maxBytes`, keeping nothing.
   */
  add(
    bytes: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; bytes: number }>;
  /** Size in bytes; throws FILE_MISSING. */
  size(sha256: string): Promise<number>;
  /** Streams the bytes from `start` up to and with `end`. */
  readRange(sha256: string, start: number, end: number): AsyncIterable<Uint8Array>;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Opens (makes when missing) the store in `folder`. */
export async function openFileStore(folder: string): Promise<FileStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (sha256: string) => {
    if (!SHA256_HEX.test(sha256)) throw new RangeError(`Not a SHA-256: ${sha256}`);
    return path.join(folder, sha256.slice(0, 2), sha256);
  };

  async function add(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    const partial = path.join(folder, `${randomBytes(12).toString('hex')}.partial`);
    try {
      const written = await writeSynced(partial, source, maxBytes);
      await place(partial, fileOf(written.sha256));
      return written;
    } finally {
      await rm(partial, { force: true });
    }
  }

  async function write(sha256: string, source: AsyncIterable<Uint8Array>) {
    const partial = path.join(folder, `${randomBytes(12).toString('hex')}.partial`);
    try {
      const written = await writeSynced(partial, source, Number.MAX_SAFE_INTEGER);
      if (written.sha256 !== sha256)
        throw new RewindError('DIGEST_MISMATCH', `The file ${sha256} came back with other bytes.`, {
          hint: 'Verify the backup that it came from.',
        });
      await place(partial, fileOf(sha256));
    } finally {
      await rm(partial, { force: true });
    }
  }

  return {
    add,
    write,
    has: (sha256) => sizeOf(fileOf(sha256)).then((size) => size !== null),
    async size(sha256) {
      const size = await sizeOf(fileOf(sha256));
      if (size === null) throw missing(sha256);
      return size;
    },
    read: (sha256) => stream(fileOf(sha256), sha256),
    readRange: (sha256, start, end) => stream(fileOf(sha256), sha256, { start, end }),
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
        throw new RewindError('PAYLOAD_TOO_LARGE', `The file is larger than ${maxBytes} bytes.`, {
          hint: 'Split it, or keep it elsewhere and note where in the post.',
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

/** A content that is there already is only made young again, so that a sweep under way spares it. */
async function place(partial: string, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  if ((await sizeOf(file)) === null) await rename(partial, file);
  else await utimes(file, new Date(), new Date());
  await syncFolder(path.dirname(file));
  await syncFolder(path.dirname(path.dirname(file)));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    (found) => found.size,
    () => null,
  );
}

async function* stream(file: string, sha256: string, range?: { start: number; end: number }) {
  try {
    yield* createReadStream(file, { ...range, highWaterMark: 512 * 1024 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw missing(sha256, cause);
    throw cause;
  }
}

function missing(sha256: string, cause?: unknown): RewindError {
  return new RewindError('FILE_MISSING', `The file ${sha256} is not on this server.`, {
    hint: 'It comes back with a backup that includes files.',
    cause,
  });
}
