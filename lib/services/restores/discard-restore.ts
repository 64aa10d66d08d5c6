import { dropWithin } from '#engine/postgres/side-schema.ts';
import { FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { stopJob } from '#jobs/queue.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { getRestore } from './restore-queries.ts';
import type { Restore } from './restore-rows.ts';
import { stageRestoreJob } from './stage-restore.ts';

const DROP_TIMEOUT_MS = 2_000;

/**
 * Gives a stage up; one that is being made is called off. Throws NOT_FOUND, and CONFLICT for one that was
 * applied, also where it was undone since. Discarding what has ended already is fine.
 */
export async function discardRestore(
  server: Server,
  permit: Permit<'backup.restore'>,
  id: string,
): Promise<Restore> {
  const restore = await getRestore(server, id);
  if (restore.status === 'UNDONE')
    throw new FiberkeepError('CONFLICT', { reason: 'restoreUndone' });
  if (restore.status === 'APPLIED')
    throw new FiberkeepError('CONFLICT', { reason: 'restoreApplied' });
  await server.vault.$transaction(async (tx) => {
    const { count } = await tx.restore.updateMany({
      where: { id, status: { in: ['STAGING', 'STAGED'] } },
      data: { status: 'DISCARDED', endedAt: new Date() },
    });
    if (count === 0) return;
    await stopJob(tx, stageRestoreJob, restore.jobId);
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.discard',
      target: restoreTarget(restore),
      outcome: 'DONE',
    });
    await publish(tx, { kind: 'RESTORES_CHANGED', id });
  });
  if (restore.status === 'STAGED') await dropStage(server, id);
  return getRestore(server, id);
}

/** What cannot be dropped now, housekeeping drops: nobody claims it any more. */
async function dropStage(server: Server, id: string): Promise<void> {
  const { status, stageSchema } = await getRestore(server, id);
  if (status === 'DISCARDED')
    await dropWithin(server.connect, stageSchema, DROP_TIMEOUT_MS).catch(() => {});
}
