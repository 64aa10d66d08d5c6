import { readManifest } from '#engine/backup/read.ts';
import type { Manifest } from '#engine/ports.ts';
import { FiberkeepError } from '#errors';
import type { Server } from '../server.ts';
import { newestBackups } from './backup-rows.ts';

/** So many backups back a readable one is looked for, to match a new one against. */
const MOST_TRIED = 5;

/**
 * The newest backup's manifest that can be read; null where there is none. One that is damaged must not
 * keep a new backup from being made: it is passed over, and verifying it says what is wrong with it.
 */
export async function newestManifest(
  server: Server,
  { withFiles }: { withFiles: boolean },
): Promise<Manifest | null> {
  const backups = await newestBackups(server.vault, { withFiles, most: MOST_TRIED });
  for (const { manifestObject } of backups) {
    try {
      return await readManifest(server.store, server.keys, manifestObject);
    } catch (thrown) {
      if (!(thrown instanceof FiberkeepError)) throw thrown;
    }
  }
  return null;
}
