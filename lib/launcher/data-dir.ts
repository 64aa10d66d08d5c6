import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { syncFolder } from './files.ts';

const KEY_BYTES = 32;

/**
 * Makes the data folder if it is missing, and checks that it is writable. Only its owner may enter a new
 * folder; the user who runs PostgreSQL may pass through it but not list it.
 * Throws DATA_DIR_UNUSABLE.
 */
export async function openDataDir(folder: string): Promise<void> {
  try {
    if (await makeFolder(path.resolve(folder))) await chmod(folder, 0o711);
    const probe = path.join(folder, `.write-probe-${process.pid}`);
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isFile())
      throw new FiberkeepError('DATA_DIR_UNUSABLE', {
        reason: 'folderIsFile',
        params: { folder },
        cause: error,
      });
    throw new FiberkeepError('DATA_DIR_UNUSABLE', {
      reason: 'folderNotWritable',
      params: { folder, detail: code ?? String(error) },
      cause: error,
    });
  }
}

/**
 * Makes the folder and its parents; returns whether it was missing. Node's recursive mkdir loops for ever
 * where a file system answers ENOENT although the parent exists, as /proc does.
 */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return false;
    const parent = path.dirname(folder);
    if (code !== 'ENOENT' || (await stat(parent).catch(() => null))) throw error;
    await makeFolder(parent);
    return makeFolder(folder);
  }
}

/**
 * Makes `server.key`, the one secret of the installation, if it is missing; never touches an existing key.
 * Returns whether it was made now.
 */
export function ensureServerKey(folder: string): Promise<boolean> {
  return placeServerKey(folder, randomBytes(KEY_BYTES));
}

/** As `ensureServerKey`, with the key of a recovery kit. */
export async function placeServerKey(folder: string, key: Buffer): Promise<boolean> {
  const file = path.join(folder, 'server.key');
  if (await stat(file).catch(() => null)) return false;
  const fresh = await writeKey(file, key);
  // Unlike a rename, a link cannot replace a key that appeared meanwhile.
  await link(fresh, file).finally(() => rm(fresh, { force: true }));
  await syncFolder(folder);
  return true;
}

/** Replaces the key of a server that was never used. */
export async function replaceServerKey(folder: string, key: Buffer): Promise<void> {
  const file = path.join(folder, 'server.key');
  await rename(await writeKey(file, key), file);
  await syncFolder(folder);
}

async function writeKey(file: string, key: Buffer): Promise<string> {
  const fresh = `${file}.${process.pid}.new`;
  await rm(fresh, { force: true });
  const handle = await open(fresh, 'wx', 0o600);
  try {
    await handle.writeFile(`${key.toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return fresh;
}
