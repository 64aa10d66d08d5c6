import { dropSchemas } from '../restores/discard-restore.ts';
import type { Server } from '../server.ts';
import { forgetUnusedCompares, unclaimedScratch } from './compare-rows.ts';
import { dropUnusedNowBackups } from './now-backup.ts';

/** A compare that nobody looked at for so long is dropped, with the backup that was made for it. */
export const UNUSED_MS = 60 * 60 * 1000;

/** Housekeeping: drops compares that nobody uses any more, and what a crash left of others. */
export async function housekeepCompares(server: Server): Promise<void> {
  await forgetUnusedCompares(server.vault, new Date(Date.now() - UNUSED_MS));
  // A worker claims a schema before it makes it.
  await dropSchemas(server, 'compare_', (found) => unclaimedScratch(server.vault, found));
  await dropUnusedNowBackups(server);
}
