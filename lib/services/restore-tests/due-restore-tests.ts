import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { systemActor } from '../permit.ts';
import { listKeptPlants } from '../restores/kept-plant-rows.ts';
import type { Server } from '../server.ts';
import { endedRestoreTests } from './restore-test-rows.ts';
import { requestRestoreTest } from './test-backup.ts';

/** A restore test that could not be finished is tried again after this: the disk may still be full. */
const TRY_AGAIN_MS = 30 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_A_DAY = 3;

/**
 * Asks for the restore tests that should have been and have come to no verdict: of the newest automatic backup, and
 * of those on which the end of a kept plant waits.
 */
export async function requestDueRestoreTests(server: Server): Promise<void> {
  const { vault } = server;
  const untested = { status: 'READY', testedAt: null, testFailedAt: null };
  const newest = await vault.backup.findFirst({
    where: { status: 'READY', kind: 'AUTOMATIC' },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  const kept = await listKeptPlants(vault);
  const wanted = [newest?.id, ...kept.map(({ safetyBackupId }) => safetyBackupId)];
  const due = await vault.backup.findMany({
    where: { ...untested, id: { in: wanted.filter((id) => typeof id === 'string') } },
  });
  for (const backup of due) if (await mayTry(server, backup)) await request(server, backup);
}

async function mayTry({ vault }: Server, { id }: Backup): Promise<boolean> {
  const now = Date.now();
  const { count, last } = await endedRestoreTests(vault, id, new Date(now - DAY_MS));
  if (!last) return true;
  return count < MOST_A_DAY && last.getTime() < now - TRY_AGAIN_MS;
}

/** One that was deleted meanwhile, or is of another version, is nobody's fault here. */
async function request(server: Server, { id }: Backup): Promise<void> {
  await requestRestoreTest(server, systemActor, id).catch((thrown) => {
    if (!(thrown instanceof FiberkeepError)) throw thrown;
  });
}
