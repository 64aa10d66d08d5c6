import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { SftpConnection } from './sftp-connection.ts';
import { hasStatus, SftpFault, Status } from './sftp-errors.ts';
import {
  freeBytes,
  isThere,
  makeFolders,
  removeFile,
  supported,
  writeNewFile,
} from './sftp-files.ts';

export const PARTIAL_SUFFIX = '.partial';
const MAX_RENAMES = 20;

/** A file to be put below `root`, which is never made itself. */
export interface Upload {
  readonly root: string;
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Puts the file whole, over any of that name. */
export async function replaceFile(connection: SftpConnection, upload: Upload): Promise<void> {
  await withPartial(connection, upload, (partial) => rename(connection, partial, upload.file));
}

/**
 * Writes a partial file beside, and has `place` give it its name. Each try has its own: the server may still be at
 * work on that of a connection that was lost. What such a try leaves behind is tidied away later.
 */
export async function withPartial<T>(
  connection: SftpConnection,
  upload: Upload,
  place: (partial: string) => Promise<T>,
): Promise<T> {
  const partial = `${upload.file}.${randomBytes(6).toString('hex')}${PARTIAL_SUFFIX}`;
  try {
    await inItsFolder(connection, upload, () => writeNewFile(connection, partial, upload.bytes));
    return await place(partial);
  } catch (cause) {
    const told = await orFull(connection, upload, cause);
    // The cause says more than why this fails too.
    await removeFile(connection, partial).catch(() => {});
    throw told;
  }
}

async function inItsFolder(
  connection: SftpConnection,
  { root, file }: Upload,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (!hasStatus(cause, Status.NO_SUCH_FILE)) throw cause;
    await makeFolders(connection, root, path.posix.dirname(file));
    await write();
  }
}

/**
 * A POSIX rename replaces in one step. The plain one refuses to, so without the extension the old file goes first:
 * for a moment there is no such object, and after a crash in that moment there is none.
 */
async function rename(connection: SftpConnection, partial: string, file: string): Promise<void> {
  const asked = connection.ask((channel, done) => channel.ext_openssh_rename(partial, file, done));
  if (await supported(asked)) return;
  for (let nth = 1; ; nth++) {
    try {
      return await connection.ask((channel, done) => channel.rename(partial, file, done));
    } catch (cause) {
      // Others who put the same object may be quicker, more than once.
      if (!isThere(cause) || nth === MAX_RENAMES) throw cause;
      await removeFile(connection, file);
    }
  }
}

/** OpenSSH has one status for all that it has no word for, a full disk too. */
export async function orFull(
  connection: SftpConnection,
  { root, bytes }: Upload,
  cause: unknown,
): Promise<unknown> {
  if (!hasStatus(cause, Status.FAILURE)) return cause;
  const free = await freeBytes(connection, root);
  if (free === null || free >= BigInt(bytes.length)) return cause;
  return new SftpFault((cause as Error).message, Status.NO_SPACE_ON_FILESYSTEM, cause);
}
