import { z } from 'zod';
import type { Sql } from '#engine/bring-back/sql.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob, requesterOf } from '#jobs/queue.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { readGivenName } from '#vault/given-name.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { writeVault } from '../authority.ts';
import { backupInputFields, inputTarget } from '../backups/backup-fields.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import {
  type ChangeSet,
  findChangeSetRow,
  lockChangeSet,
  markUndoing,
  markUndone,
} from './change-set-rows.ts';
import { toldItems } from './item-rows.ts';
import { bringBackChangeSet } from './perform.ts';
import { inVain, writeChangeSet } from './write-change-set.ts';

const jobInput = z.strictObject({
  changeSetId: z.uuid(),
  ...backupInputFields,
  keepChanged: z.boolean(),
});
type JobInput = z.infer<typeof jobInput>;

export const undoChangeSetJob = defineJobKind({
  kind: 'UNDO_CHANGE_SET',
  input: jobInput,
  action: 'backup.restore',
  audit: 'backup.undo-bring-back',
  isChore: false,
  target: inputTarget,
  run: runUndoChangeSet,
});

/**
 * Asks for what was brought back to be undone, and answers the job at once. Where people changed its rows since, the job fails,
 * unless `keepChanged`: then what they changed stays. Throws NOT_FOUND, CONFLICT, UNDO_WINDOW_OVER and TOO_MANY.
 */
export async function requestUndo(
  server: Server,
  permit: Permit<'backup.restore'>,
  id: string,
  { keepChanged = false }: { readonly keepChanged?: boolean | null } = {},
): Promise<{ job: Job; changeSet: ChangeSet }> {
  return writeVault(server, permit, async (tx) => {
    const set = await lockUndoable(server, tx, id);
    const { backupId, backupName: name, backupGivenName } = set;
    if (backupId === null) throw notFound('changeSet');
    await requireJobQuota(tx, permit.actor);
    const input = {
      ...{ changeSetId: id, backupId, name, givenName: readGivenName(backupGivenName) },
      keepChanged: keepChanged ?? false,
    };
    const job = await enqueueJob(tx, undoChangeSetJob, { input, requestedBy: permit.actor });
    return { job, changeSet: await markUndoing(tx, id, job.id) };
  });
}

/** Locked until the transaction ends. Throws NOT_FOUND, CONFLICT and UNDO_WINDOW_OVER. */
export async function lockUndoable(
  server: Server,
  tx: VaultTransaction,
  id: string,
): Promise<ChangeSet> {
  if (!(await findChangeSetRow(tx, id))) throw notFound('changeSet');
  const set = await lockChangeSet(tx, id);
  assertUndoable(set, await plantEpoch(tx), server.now());
  return set;
}

function assertUndoable(set: ChangeSet | null, epoch: bigint, now: Date): asserts set is ChangeSet {
  if (set?.status !== 'APPLIED')
    throw new FiberkeepError('CONFLICT', { reason: 'changeSetNotApplied' });
  if (set.epoch !== epoch) throw new FiberkeepError('CONFLICT', { reason: 'restoredMeanwhile' });
  if (!set.undoUntil || set.undoUntil <= now) throw new FiberkeepError('UNDO_WINDOW_OVER');
}

/** The job: writes the rows as they were before, unless people changed them since. */
export async function runUndoChangeSet(
  server: Server,
  run: JobRun<Pick<JobInput, 'changeSetId' | 'keepChanged'>>,
): Promise<void> {
  const { changeSetId, keepChanged } = run.input;
  const changeSet = await findChangeSetRow(server.vault, changeSetId);
  assertUndoable(changeSet, await plantEpoch(server.vault), server.now());
  const by = requesterOf(run.job);
  const bring = (sql: Sql) => bringBackChangeSet(sql, changeSetId, by);
  const { digest, changed } = await inVain(server, async (sql) => {
    const done = await bring(sql);
    const stays = [...(await toldItems(sql, 'kept')), ...(await toldItems(sql, 'blocked'))];
    return { ...done, changed: stays.length };
  });
  if (changed > 0 && !keepChanged)
    throw new FiberkeepError('CONFLICT', {
      reason: 'changedSinceBroughtBack',
      params: { rows: changed },
    });
  await writeChangeSet(server, run, { changeSet, bring, digest, by, keep: false }, async (tx) => {
    const locked = await lockChangeSet(tx, changeSetId);
    assertUndoable(locked, changeSet.epoch, server.now());
    await markUndone(tx, changeSetId, by);
  });
}
