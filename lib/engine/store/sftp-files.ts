import { constants } from 'node:buffer';
import path from 'node:path';
import type { FileEntryWithStats, OpenMode, Stats } from 'ssh2';
import type { SftpConnection } from './sftp-connection.ts';
import { hasStatus, SftpFault, Status } from './sftp-errors.ts';

/**
 * Every server takes 32 KiB in one request (draft-ietf-secsh-filexfer-02 section 3). Less, so that ssh2 neither cuts
 * it in two nor its packet.
 */
const PIECE_BYTES = 30 * 1024;
/** Requests of one file that are under way: one at a time would wait for an answer each. */
const PIECES_AT_ONCE = 64;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** Writes a new file, and durably where the server can. Fails where there is one of that name. */
export function writeNewFile(
  connection: SftpConnection,
  file: string,
  bytes: Uint8Array,
): Promise<void> {
  return withHandle(connection, file, 'wx', (handle) => writeBytes(connection, handle, bytes));
}

/** A server without fsync@openssh.com may lose what it has just taken when its power fails. */
export async function writeBytes(
  connection: SftpConnection,
  handle: Buffer,
  bytes: Uint8Array,
): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  await pipelined(bytes.length, (at, length) =>
    connection.ask((channel, done) => channel.write(handle, buffer, at, length, at, done)),
  );
  await supported(connection.ask((channel, done) => channel.ext_openssh_fsync(handle, done)));
}

/** The whole file, in memory that only the caller sees. */
export function readFile(connection: SftpConnection, file: string): Promise<Buffer> {
  return withHandle(connection, file, 'r', async (handle) => {
    const { size } = await connection.ask<Stats>((channel, done) => channel.fstat(handle, done));
    if (!(size <= constants.MAX_LENGTH)) throw new SftpFault(`${file} has ${size} bytes`);
    const bytes = Buffer.allocUnsafeSlow(size);
    await pipelined(size, (at, length) => fill(connection, handle, bytes, at, length));
    return bytes;
  });
}

/** Up to `bytes` bytes from `start` on; fewer at the end of the file. */
export function readPart(
  connection: SftpConnection,
  file: string,
  start: number,
  bytes: number,
): Promise<Buffer> {
  return withHandle(connection, file, 'r', async (handle) => {
    const { size } = await connection.ask<Stats>((channel, done) => channel.fstat(handle, done));
    const part = Buffer.alloc(Math.max(0, Math.min(bytes, size - start)));
    for (let at = 0; at < part.length; ) {
      const left = part.length - at;
      const read = await connection.ask<number>((channel, done) =>
        channel.read(handle, part, at, left, start + at, done),
      );
      if (read === 0) throw new SftpFault(`A file ends after ${start + at} of ${size} bytes`);
      at += read;
    }
    return part;
  });
}

/** A server may answer with fewer bytes than it was asked for, and none at the end of the file. */
async function fill(
  connection: SftpConnection,
  handle: Buffer,
  bytes: Buffer,
  start: number,
  length: number,
): Promise<void> {
  for (let at = start; at < start + length; ) {
    const left = start + length - at;
    const read = await connection.ask<number>((channel, done) =>
      channel.read(handle, bytes, at, left, at, done),
    );
    if (read === 0) throw new SftpFault(`A file ends after ${at} of ${bytes.length} bytes`);
    at += read;
  }
}

/** Asks for all pieces, several at a time; no more once one has failed. */
async function pipelined(
  totalBytes: number,
  ask: (at: number, length: number) => Promise<void>,
): Promise<void> {
  const all = pieces(totalBytes);
  const lane = async () => {
    for (const { at, length } of all) await ask(at, length);
  };
  await Promise.all(Array.from({ length: PIECES_AT_ONCE }, lane));
}

function* pieces(totalBytes: number) {
  for (let at = 0; at < totalBytes; at += PIECE_BYTES)
    yield { at, length: Math.min(PIECE_BYTES, totalBytes - at) };
}

export async function withHandle<T>(
  connection: SftpConnection,
  file: string,
  flags: OpenMode,
  work: (handle: Buffer) => Promise<T>,
): Promise<T> {
  const handle = await connection.ask<Buffer>((channel, done) =>
    channel.open(file, flags, FILE_MODE, done),
  );
  try {
    return await work(handle);
  } finally {
    await connection.ask((channel, done) => channel.close(handle, done));
  }
}

/** False where the server lacks the extension. */
export async function supported(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => true,
    (cause) => {
      if (hasStatus(cause, Status.OP_UNSUPPORTED)) return false;
      throw cause;
    },
  );
}

/** Null where there is no such file or folder. */
export function statOf(connection: SftpConnection, file: string): Promise<Stats | null> {
  return connection
    .ask<Stats>((channel, done) => channel.stat(file, done))
    .catch((cause) => {
      if (hasStatus(cause, Status.NO_SUCH_FILE)) return null;
      throw cause;
    });
}

/** No error where there is none. */
export async function removeFile(connection: SftpConnection, file: string): Promise<void> {
  await connection
    .ask((channel, done) => channel.unlink(file, done))
    .catch((cause) => {
      if (!hasStatus(cause, Status.NO_SUCH_FILE)) throw cause;
    });
}

/** Makes `folder`, which is `root` or below it, and what lacks between them; never `root`. */
export async function makeFolders(
  connection: SftpConnection,
  root: string,
  folder: string,
): Promise<void> {
  const parts = path.posix.relative(root, folder).split('/').filter(Boolean);
  for (const n of parts.keys()) {
    const one = path.posix.join(root, ...parts.slice(0, n + 1));
    await connection
      .ask((channel, done) => channel.mkdir(one, { mode: FOLDER_MODE }, done))
      .catch((cause) => {
        // There already, mostly; if not, what comes next fails and says why.
        if (!isThere(cause)) throw cause;
      });
  }
}

/** What servers say where they would have to replace something: version 3 has no word for it. */
export function isThere(cause: unknown): boolean {
  return hasStatus(cause, Status.FAILURE, Status.FILE_ALREADY_EXISTS);
}

/** All of one folder at once: what is read again after a lost connection is then not told twice. */
export async function readFolder(connection: SftpConnection, folder: string): Promise<Entry[]> {
  const handle = await connection.ask<Buffer>((channel, done) => channel.opendir(folder, done));
  const entries: Entry[] = [];
  try {
    for (;;) {
      const page = await readPage(connection, handle);
      if (page === null) return entries;
      for (const found of page) entries.push(await entryOf(connection, folder, found));
    }
  } finally {
    await connection.ask((channel, done) => channel.close(handle, done));
  }
}

function readPage(
  connection: SftpConnection,
  handle: Buffer,
): Promise<FileEntryWithStats[] | null> {
  return connection
    .ask<FileEntryWithStats[]>((channel, done) => channel.readdir(handle, done))
    .catch((cause) => {
      if (hasStatus(cause, Status.EOF)) return null;
      throw cause;
    });
}

async function entryOf(
  connection: SftpConnection,
  folder: string,
  { filename: name, attrs }: FileEntryWithStats,
): Promise<Entry> {
  // Each attribute is optional; whoever leaves them out here has them elsewhere.
  const known = attrs.mode !== undefined && attrs.size !== undefined && attrs.mtime !== undefined;
  const stats = known ? attrs : await statOf(connection, path.posix.join(folder, name));
  const kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : 'other';
  return { name, kind, bytes: stats?.size ?? 0, modifiedAt: new Date((stats?.mtime ?? 0) * 1000) };
}

/** Bytes that this user can still write; null where the server does not tell. */
export function freeBytes(connection: SftpConnection, folder: string): Promise<bigint | null> {
  return connection
    .ask<{ f_bavail: number; f_frsize: number }>((channel, done) =>
      channel.ext_openssh_statvfs(folder, done),
    )
    .then(
      ({ f_bavail, f_frsize }) => BigInt(f_bavail) * BigInt(f_frsize),
      (cause) => {
        // Some disks behind a server do not tell either.
        if (hasStatus(cause, Status.OP_UNSUPPORTED, Status.FAILURE)) return null;
        throw cause;
      },
    );
}
