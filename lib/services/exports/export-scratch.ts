import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Server } from '../server.ts';

/** Longer than the slowest client takes for the largest file. */
const LEFT_MS = 24 * 60 * 60 * 1000;
const SCRATCH = 'exports';

/** Where files are made that cannot be sent while they are written: in the data folder, beside the files of posts. */
export const scratchOf = ({ config, room }: Pick<Server, 'config' | 'room'>) => ({
  folder: path.join(config.dataDir, SCRATCH),
  requireRoom: () => room.require('files', 0),
});

/** Removes what processes that were killed left there. */
export async function sweepExports(server: Server, now = Date.now()): Promise<void> {
  const { folder } = scratchOf(server);
  for (const name of await readdir(folder).catch(() => [])) {
    const left = path.join(folder, name);
    const found = await stat(left).catch(() => null);
    if (found && now - found.mtimeMs > LEFT_MS) await rm(left, { recursive: true, force: true });
  }
}
