import type { ClientBase } from 'pg';
import type { StructureVersion } from '#engine/ports.ts';
import { structureOf } from '#engine/postgres/introspect.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { FiberkeepError } from '#errors';
import { cancelUnheldJob, requestJobCancel } from '#jobs/queue.ts';
import { currentStructure } from '#prisma/migrate.ts';
import { restoreTarget } from '#vault/audit.ts';
import { sqlRunnerOn } from '#vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { auditFailure } from '../activity/audit-failure.ts';
import { createBackupJob } from '../backups/create-backup.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { lockKeptPlantSql, markKeptPlantGoneSql } from './kept-plant-rows.ts';
import { requeueSafetyBackup } from './kept-plants.ts';
import { getRestore } from './restore-queries.ts';
import { lockRestoreSql, markUndoneSql, type Restore, undoableRestore } from './restore-rows.ts';
import { cancelRunningBackup, jobEnded, swapInPlant, whenBack } from './swap-plant.ts';

export interface UndoInput {
  readonly cancelRunningBackup?: boolean | null;
  /** The plant that the person looked at; null: the one of now. */
  readonly plantEpoch?: bigint | null;
}

/** A SAFETY backup may be claimed between two looks at it; more often than this it is not. */
const ATTEMPTS = 3;

/**
 * Takes the newest applied restore back: the plant that it replaced is the plant again, and the one of now
 * is kept in its turn, so nothing that was done since is lost. Throws NOT_FOUND, UNDO_WINDOW_OVER, CONFLICT
 * for one that is not the newest or where another swap was first, BACKUP_RUNNING and PLANT_BUSY.
 */
export async function undoRestore(
  server: Server,
  permit: Permit<'backup.restore'>,
  id: string,
  input: UndoInput = {},
): Promise<Restore> {
  const epoch = input.plantEpoch ?? (await plantEpoch(server.vault));
  const restore = await getRestore(server, id);
  const { actor } = permit;
  const target = restoreTarget(restore);
  await auditFailure(server, { actor, action: 'backup.undo', target }, async () => {
    await assertUndoable(server, restore);
    if (input.cancelRunningBackup) await cancelRunningBackup(server, actor);
    const structure = await currentStructure('plant');
    const begin = (client: ClientBase) => takeKeptPlant(client, id, structure);
    try {
      await withoutSafetyBackup(server, id, () =>
        swapInPlant(server, { actor, restore, replacedBy: 'UNDO', epoch, begin }),
      );
    } catch (cause) {
      // The plant stays kept, so it must have its backup after all.
      await requeueSafetyBackup(server, id);
      throw cause;
    }
  });
  return whenBack(() => getRestore(server, id));
}

async function assertUndoable(server: Server, restore: Restore): Promise<void> {
  if ((await undoableRestore(server.vault)) === restore.id) return;
  if (restore.status !== 'APPLIED')
    throw new FiberkeepError('CONFLICT', { reason: 'restoreNotApplied' });
  if (!restore.undoUntil || restore.undoUntil <= new Date())
    throw new FiberkeepError('UNDO_WINDOW_OVER');
  throw new FiberkeepError('CONFLICT', { reason: 'newerRestoreApplied' });
}

/** Does `work` with the SAFETY backup called off, again where a worker has begun it in between. */
async function withoutSafetyBackup(
  server: Server,
  restoreId: string,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await cancelSafetyBackup(server, restoreId);
    try {
      return await work();
    } catch (cause) {
      const begun = cause instanceof FiberkeepError && cause.code === 'BACKUP_RUNNING';
      if (!begun || attempt === ATTEMPTS) throw cause;
    }
  }
}

/** Nobody may read the kept plant while its name changes: its backup would mix two plants. */
async function cancelSafetyBackup(server: Server, restoreId: string): Promise<void> {
  const kept = await server.vault.keptPlant.findFirst({
    where: { restoreId, replacedBy: 'APPLY', goneAt: null },
  });
  const jobId = kept?.safetyJobId;
  if (!jobId) return;
  await server.vault.$transaction((tx) => requestJobCancel(tx, jobId));
  await jobEnded(server, jobId);
}

async function takeKeptPlant(
  client: ClientBase,
  restoreId: string,
  structure: StructureVersion,
): Promise<string> {
  const restore = await lockRestoreSql(client, restoreId);
  const kept = await lockKeptPlantSql(client, restoreId);
  if (restore?.status !== 'APPLIED' || !kept)
    throw new FiberkeepError('CONFLICT', { reason: 'undoneMeanwhile' });
  await endSafetyJob(client, kept.safetyJobId);
  if (!sameStructure(await structureOf(client, kept.schema), structure))
    throw new FiberkeepError('STAGE_STALE', { reason: 'keptNetworkOutdated' });
  await markUndoneSql(client, restoreId);
  await markKeptPlantGoneSql(client, kept.schema);
  return kept.schema;
}

/** Ends the SAFETY backup with the swap: its row stays locked, so that no worker claims it until then. */
async function endSafetyJob(client: ClientBase, jobId: string | null): Promise<void> {
  if (jobId === null) return;
  const state = await cancelUnheldJob(sqlRunnerOn(client), createBackupJob, jobId);
  if (state === 'HELD')
    throw new FiberkeepError('BACKUP_RUNNING', { reason: 'safetyBackupRunning' });
}
