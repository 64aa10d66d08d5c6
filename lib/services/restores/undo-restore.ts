import type { ClientBase } from 'pg';
import type { StructureVersion } from '#engine/ports.ts';
import { structureOf } from '#engine/postgres/introspect.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { FiberkeepError } from '#errors';
import { currentStructure } from '#prisma/migrate.ts';
import { restoreTarget } from '#vault/audit.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { auditFailure } from '../activity/audit-failure.ts';
import type { InPerson } from '../permit.ts';
import type { Server } from '../server.ts';
import { cancelRunningBackup } from './cancel-backup.ts';
import { lockKeptPlantSql, markKeptPlantGoneSql } from './kept-plant-rows.ts';
import { getRestore } from './restore-queries.ts';
import { lockRestoreSql, markUndoneSql, type Restore, undoableRestore } from './restore-rows.ts';
import { endSafetyJob, withoutSafetyBackup } from './safety-backup.ts';
import { readAfterSwap, swapInPlant } from './swap-plant.ts';

export interface UndoInput {
  readonly cancelRunningBackup?: boolean | null;
  /** The epoch of the plant that the person looked at; null: the one of now. */
  readonly plantEpoch?: bigint | null;
}

/**
 * Undoes the newest applied restore: the plant that it replaced is the plant again. The plant of now is kept
 * in its turn, so nothing that was done since is lost. Throws NOT_FOUND, UNDO_WINDOW_OVER, BACKUP_RUNNING,
 * PLANT_BUSY, and CONFLICT for a restore that is not the newest or where another swap was first.
 */
export async function undoRestore(
  server: Server,
  permit: InPerson<'backup.restore'>,
  id: string,
  input: UndoInput = {},
): Promise<Restore> {
  const epoch = input.plantEpoch ?? (await plantEpoch(server.vault));
  const restore = await getRestore(server, id);
  const { actor } = permit;
  const target = restoreTarget(restore);
  await auditFailure(server, { actor, action: 'backup.undo', target }, async () => {
    await assertUndoable(server, restore);
    if (input.cancelRunningBackup) await cancelRunningBackup(server, permit);
    const structure = await currentStructure('plant');
    const begin = (client: ClientBase) => takeKeptPlant(client, id, structure);
    await withoutSafetyBackup(server, permit, id, () =>
      swapInPlant(server, { by: permit, restore, replacedBy: 'UNDO', epoch, begin }),
    );
  });
  return readAfterSwap(() => getRestore(server, id));
}

async function assertUndoable(server: Server, restore: Restore): Promise<void> {
  if ((await undoableRestore(server.vault)) === restore.id) return;
  if (restore.status !== 'APPLIED')
    throw new FiberkeepError('CONFLICT', { reason: 'restoreNotApplied' });
  if (!restore.undoUntil || restore.undoUntil <= new Date())
    throw new FiberkeepError('UNDO_WINDOW_OVER');
  throw new FiberkeepError('CONFLICT', { reason: 'newerRestoreApplied' });
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
