import { dropSchemas } from '../restores/discard-restore.ts';
import type { Server } from '../server.ts';
import { removeLeftFolders } from './import-files.ts';
import { forgetUnusedImports, unclaimedImports } from './import-rows.ts';

/** An import that nobody looked at for so long is dropped, with what was read of its file. */
const UNUSED_MS = 24 * 60 * 60 * 1000;

/** Housekeeping: drops imports that nobody uses any more, and what a crash left of others. The sweep of uploads removes files. */
export async function housekeepImports(server: Server): Promise<void> {
  await forgetUnusedImports(server.vault, new Date(Date.now() - UNUSED_MS));
  // A worker claims a schema before it makes it.
  await dropSchemas(server, 'import_', (found) => unclaimedImports(server.vault, found));
  await removeLeftFolders(server);
}
