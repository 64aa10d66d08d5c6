import type { ClientBase } from 'pg';
import type { StructureVersion } from '#engine/ports.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { FiberkeepError, notFound, validationError } from '#errors';
import { currentStructure } from '#prisma/migrate.ts';
import { restoreTarget } from '#vault/audit.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { auditFailure } from '../activity/audit-failure.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { getRestore } from './restore-queries.ts';
import { lockRestoreSql, markAppliedSql, type Restore, stagedStructure } from './restore-rows.ts';
import { cancelRunningBackup, swapInPlant, whenBack } from './swap-plant.ts';

export interface ApplyInput {
  /** The backup's name, typed by the person. */
  readonly confirmName: string;
  readonly cancelRunningBackup?: boolean | null;
  /** The plant that the person looked at; null: the one of now. */
  readonly plantEpoch?: bigint | null;
}

/**
 * Makes the stage the plant. What it replaces is kept until the undo window ends. Throws NOT_FOUND,
 * VALIDATION_FAILED for another name, STAGE_STALE, RESTORE_ALREADY_APPLIED, CONFLICT where another swap
 * was first, BACKUP_RUNNING and PLANT_BUSY; nothing has changed then.
 */
export async function applyRestore(
  server: Server,
  permit: Permit<'backup.restore'>,
  id: string,
  input: ApplyInput,
): Promise<Restore> {
  const epoch = input.plantEpoch ?? (await plantEpoch(server.vault));
  const restore = await getRestore(server, id);
  const { actor } = permit;
  const target = restoreTarget(restore);
  await auditFailure(server, { actor, action: 'backup.apply', target }, async () => {
    await assertConfirmed(server, restore, input.confirmName);
    assertGood(restore, await currentStructure('plant'));
    if (input.cancelRunningBackup) await cancelRunningBackup(server, actor);
    await swapInPlant(server, {
      actor,
      restore,
      replacedBy: 'APPLY',
      epoch,
      begin: (client, keepUntil) => takeStage(client, id, actor, keepUntil),
    });
  });
  return whenBack(() => getRestore(server, id));
}

/** The name that the person saw: the backup's when it was staged, or the one it was given since. */
async function assertConfirmed(server: Server, restore: Restore, typed: string): Promise<void> {
  const backup = await server.vault.backup.findUnique({ where: { id: restore.backupId } });
  if ([restore.backupName, backup?.name].includes(typed.trim())) return;
  throw validationError([{ path: 'confirmName', reason: 'backupNameDiffers' }]);
}

function assertGood(restore: Restore, structure: StructureVersion): void {
  assertStaged(restore.status);
  const expired = !restore.goodUntil || restore.goodUntil <= new Date();
  if (expired || !sameStructure(stagedStructure(restore), structure)) throw stageStale();
}

async function takeStage(
  client: ClientBase,
  id: string,
  actor: Permit<'backup.restore'>['actor'],
  keepUntil: Date,
): Promise<string> {
  const restore = await lockRestoreSql(client, id);
  if (!restore) throw notFound('restore');
  assertStaged(restore.status);
  if (!restore.goodUntil || restore.goodUntil <= new Date()) throw stageStale();
  await markAppliedSql(client, id, actor, keepUntil);
  return restore.stageSchema;
}

function assertStaged(status: string): void {
  if (status === 'STAGED') return;
  if (status === 'APPLIED' || status === 'UNDONE')
    throw new FiberkeepError('RESTORE_ALREADY_APPLIED');
  const reason = status === 'STAGING' ? 'stageBeingMade' : 'restoreEnded';
  throw new FiberkeepError('CONFLICT', { reason });
}

function stageStale(): FiberkeepError {
  return new FiberkeepError('STAGE_STALE');
}
