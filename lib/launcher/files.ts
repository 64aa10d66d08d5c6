import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Writes `text` atomically: after a power cut the file is either the old or the new one. */
export async function writeFileDurably(file: string, text: string, mode: number): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await rm(fresh, { force: true });
  const handle = await open(fresh, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  await syncFolder(path.dirname(file));
}

/** Syncs a folder, which makes renames and links in it durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file's JSON; null if the file is missing or holds no JSON. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
