import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { systemAuthority } from '../authority.ts';
import { listKeptPlants } from '../restores/kept-plant-rows.ts';
import type { Server } from '../server.ts';
import { endedRestoreTests, newestAutomaticBackup, untestedBackups } from './restore-test-rows.ts';
import { requestRestoreTest } from './test-backup.ts';

/** How long to wait after a restore test that did not finish: the disk may still be full. */
const TRY_AGAIN_MS = 30 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_A_DAY = 3;

/**
 * Requests the restore tests that are due: of the newest automatic backup, and of each SAFETY backup whose kept plant
 * waits for the result. Backups that have a result are left alone.
 */
export async function requestDueRestoreTests(server: Server): Promise<void> {
  const { vault } = server;
  const newest = await newestAutomaticBackup(vault, server.now());
  const kept = await listKeptPlants(vault);
  const wanted = [newest?.id, ...kept.map(({ safetyBackupId }) => safetyBackupId)];
  const due = await untestedBackups(
    vault,
    wanted.filter((id) => typeof id === 'string'),
  );
  for (const backup of due) if (await mayTry(server, backup)) await request(server, backup);
}

async function mayTry({ vault }: Server, { id }: Backup): Promise<boolean> {
  const now = Date.now();
  const { count, last } = await endedRestoreTests(vault, id, new Date(now - DAY_MS));
  if (!last) return true;
  return count < MOST_A_DAY && last.getTime() < now - TRY_AGAIN_MS;
}

/** Ignores refusals: the backup may have been deleted meanwhile, or be of another version. */
async function request(server: Server, { id }: Backup): Promise<void> {
  await requestRestoreTest(server, systemAuthority, id).catch((thrown) => {
    if (!(thrown instanceof FiberkeepError)) throw thrown;
  });
}
