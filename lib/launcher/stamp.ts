import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './root.ts';

/**
 * Does `work` unless `stampFile` holds the hash of the same `inputs` (files and folders of the checkout;
 * missing ones count as empty). Returns whether it was done now.
 */
export async function whenChanged(
  stampFile: string,
  inputs: readonly string[],
  work: () => Promise<void>,
): Promise<boolean> {
  const file = path.join(root, stampFile);
  const now = await digest(inputs);
  if ((await readFile(file, 'utf8').catch(() => '')) === now) return false;
  await rm(file, { force: true });
  await work();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, now);
  return true;
}

/** SHA-256 over the paths and contents of `inputs`, without tests. */
async function digest(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const input of inputs) {
    for (const file of await filesOf(path.join(root, input))) {
      hash.update(`\0${path.relative(root, file)}\0`);
      hash.update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesOf(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (!found) return [];
  if (found.isFile()) return [place];
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
