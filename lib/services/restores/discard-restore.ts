import { dropWithin, listSideSchemas } from '#engine/postgres/side-schema.ts';
import { FiberkeepError } from '#errors';
import { stopJob } from '#jobs/queue.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import { type Permit, systemActor } from '../permit.ts';
import { abandonedRestoreTests } from '../restore-tests/restore-test-rows.ts';
import type { Server } from '../server.ts';
import { terminateHoldersSql } from './kept-plant-rows.ts';
import { getRestore } from './restore-queries.ts';
import { endRestore, expiredRestores, type Restore, unclaimedStages } from './restore-rows.ts';
import { stageRestoreJob } from './stage-restore.ts';

const DROP_TIMEOUT_MS = 2_000;

/**
 * Discards a stage; one that is being made is cancelled. Does nothing to a restore that has ended. Throws
 * NOT_FOUND, and CONFLICT for a restore that was applied, undone or not.
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
  await writeVault(server, permit, async (tx) => {
    if (!(await endRestore(tx, id, 'DISCARDED', ['STAGING', 'STAGED']))) return;
    await stopJob(tx, stageRestoreJob, restore.jobId);
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.discard',
      target: restoreTarget(restore),
      outcome: 'DONE',
    });
  });
  if (restore.status === 'STAGED') await dropStage(server, id);
  return getRestore(server, id);
}

/** Housekeeping drops what cannot be dropped now: nobody claims it any more. */
async function dropStage(server: Server, id: string): Promise<void> {
  const { status, stageSchema } = await getRestore(server, id);
  if (status === 'DISCARDED')
    await dropWithin(server.connect, stageSchema, DROP_TIMEOUT_MS).catch(() => {});
}

/** Housekeeping: discards the stages that are too old to be applied. */
export async function discardOldStages(server: Server): Promise<void> {
  for (const restore of await expiredRestores(server.vault))
    await server.vault.$transaction(async (tx) => {
      if (!(await endRestore(tx, restore.id, 'DISCARDED', ['STAGED']))) return;
      await recordAudit(tx, {
        actor: systemActor,
        action: 'backup.stage.expire',
        target: restoreTarget(restore),
        outcome: 'DONE',
      });
    });
}

/** Housekeeping: drops the stages that no restore claims. A worker claims a schema before it makes it. */
export function dropUnclaimedStages(server: Server): Promise<void> {
  return dropSchemas(server, 'plant_stage_', (found) => unclaimedStages(server.vault, found));
}

/** Housekeeping: drops the stages of restore tests that no job works in. Their names say the job. */
export function dropAbandonedRestoreTests(server: Server): Promise<void> {
  return dropSchemas(server, 'plant_test_', (found) => abandonedRestoreTests(server.vault, found));
}

/** Housekeeping: drops those of the schemas whose names begin with `prefix` that `choose` answers. */
export async function dropSchemas(
  server: Server,
  prefix: Parameters<typeof listSideSchemas>[1],
  choose: (found: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  for (const schema of await choose(await listSideSchemas(server.pool, prefix)))
    await dropUnclaimed(server, schema);
}

/** Disconnects a stopped worker that still holds locks on the schema: its job has gone to another worker. */
async function dropUnclaimed(server: Server, schema: string): Promise<void> {
  try {
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  } catch {
    await terminateHoldersSql(server.pool, schema);
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  }
}
