import type { Backup } from '../../../generated/vault/client.ts';
import { FiberkeepError } from '../../errors/index.ts';
import { endedDrills } from '../../vault/drills.ts';
import { listKeptPlants } from '../../vault/kept-plants.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { requestDrill } from './verify-backup.ts';

/** A drill that could not be finished is tried again after this: the disk may still be full. */
const TRY_AGAIN_MS = 30 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_A_DAY = 3;

/**
 * Asks for the drills that should have been and have come to no verdict: of the newest automatic backup, and
 * of those on which the end of a kept plant waits.
 */
export async function requestDueDrills(server: Server): Promise<void> {
  const { vault } = server;
  const unproven = { status: 'READY', provenAt: null, drillFailedAt: null };
  const newest = await vault.backup.findFirst({
    where: { status: 'READY', kind: 'AUTOMATIC' },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  const kept = await listKeptPlants(vault);
  const wanted = [newest?.id, ...kept.map(({ safetyBackupId }) => safetyBackupId)];
  const due = await vault.backup.findMany({
    where: { ...unproven, id: { in: wanted.filter((id) => typeof id === 'string') } },
  });
  for (const backup of due) if (await mayTry(server, backup)) await request(server, backup);
}

async function mayTry({ vault }: Server, { id }: Backup): Promise<boolean> {
  const now = Date.now();
  const { count, last } = await endedDrills(vault, id, new Date(now - DAY_MS));
  if (!last) return true;
  return count < MOST_A_DAY && last.getTime() < now - TRY_AGAIN_MS;
}

/** One that was deleted meanwhile, or is of another version, is nobody's fault here. */
async function request(server: Server, { id }: Backup): Promise<void> {
  await requestDrill(server, systemActor, id).catch((thrown) => {
    if (!(thrown instanceof FiberkeepError)) throw thrown;
  });
}
