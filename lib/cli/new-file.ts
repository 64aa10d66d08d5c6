import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { FiberkeepError } from '#errors';

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Has `write` fill a file, which has another name until it is complete, so that no half file passes for a whole one.
 * Throws CONFLICT where there is a file already, unless `force` replaces it, and BAD_REQUEST where none can be.
 */
export async function writeNewFile<T>(
  file: string,
  force: boolean,
  write: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const there = await stat(file).catch(() => null);
  if (there?.isDirectory()) throw isFolder(file);
  if (there && !force) throw isThere(file);
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  const handle = await open(partial, 'wx', 0o600).catch(cannotWrite(file));
  try {
    const written = await fill(handle, write).finally(() => handle.close());
    await (force ? rename(partial, file) : place(partial, file));
    return written;
  } finally {
    await rm(partial, { force: true });
  }
}

async function fill<T>(handle: FileHandle, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const written = await write(handle);
  await handle.sync();
  return written;
}

function isFolder(file: string): FiberkeepError {
  return new FiberkeepError('BAD_REQUEST', { reason: 'fileIsFolder', params: { file } });
}

function cannotWrite(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    if (cause.code === 'ENOSPC') throw cause;
    throw new FiberkeepError('BAD_REQUEST', {
      reason: 'fileNotWritable',
      params: { file, detail: cause.code ?? cause.message },
      cause,
    });
  };
}

/** Gives the file its name, unless another file has taken it meanwhile. */
async function place(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file).catch(unlessThere(file));
  } catch (thrown) {
    // FAT has no links: take the name with an empty file, then replace that file.
    if (!NO_LINKS.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
    await (await open(file, 'wx', 0o600).catch(unlessThere(file))).close();
    await rename(partial, file);
  }
}

function unlessThere(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw cause.code === 'EEXIST' ? isThere(file) : cause;
  };
}

function isThere(file: string): FiberkeepError {
  return new FiberkeepError('CONFLICT', { reason: 'fileExists', params: { file } });
}
