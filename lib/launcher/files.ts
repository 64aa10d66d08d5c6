import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Writes `text` so that after a power cut the file is the old or the new one, never between. */
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

/** A rename or link is durable once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file's JSON; null where there is no such file, or no JSON in it. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
