import type { ClientBase } from 'pg';
import { validate as isUuid } from 'uuid';
import type { StructureVersion } from '#engine/ports.ts';
import { sameStructure } from '#engine/restore/structure.ts';
import { FiberkeepError, notFound, validationError } from '#errors';
import { currentStructure } from '#prisma/migrate.ts';
import { sameName } from '#text';
import { restoreTarget } from '#vault/audit.ts';
import { sqlRunnerOn } from '#vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { auditFailure } from '../activity/audit-failure.ts';
import { findBackupRow } from '../backups/backup-rows.ts';
import { assertAsCompared, compareSeen } from '../compare/assert-as-compared.ts';
import type { InPerson, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { cancelRunningBackup } from './cancel-backup.ts';
import { enqueueCheckRestore } from './check-restore.ts';
import { getRestore } from './restore-queries.ts';
import { lockRestoreSql, markAppliedSql, type Restore, stagedStructure } from './restore-rows.ts';
import { readAfterSwap, swapInPlant } from './swap-plant.ts';

export interface ApplyInput {
  /** The backup's name, typed by the person. */
  readonly confirmName: string;
  readonly cancelRunningBackup?: boolean | null;
  /** Accounts that only the backup has, and that shall be enabled: takes `users.manage` and all that they may do. */
  readonly enableAccounts?: readonly string[] | null;
  /** The compare with now that the person saw: where people changed the network since, nothing happens. */
  readonly compareId?: string | null;
  /** They do not mind. */
  readonly evenIfChanged?: boolean | null;
  /** The epoch of the plant that the person looked at; null: the one of now. */
  readonly plantEpoch?: bigint | null;
  /** The plant of now is empty: it is dropped, and there is nothing to undo. */
  readonly keepNothing?: boolean;
}

/**
 * Makes the stage the plant, and keeps the replaced plant until the undo window ends. Throws NOT_FOUND,
 * VALIDATION_FAILED for a wrong name, STAGE_STALE, RESTORE_ALREADY_APPLIED, BACKUP_RUNNING, PLANT_BUSY, and
 * CONFLICT where another swap was first, or people changed more than was seen. Nothing has changed then.
 */
export async function applyRestore(
  server: Server,
  permit: InPerson<'backup.restore'>,
  id: string,
  input: ApplyInput,
): Promise<Restore> {
  const epoch = input.plantEpoch ?? (await plantEpoch(server.vault));
  const restore = await getRestore(server, id);
  const { actor } = permit;
  const target = restoreTarget(restore);
  await auditFailure(server, { actor, action: 'backup.apply', target }, async () => {
    await assertConfirmed(server, restore, input.confirmName);
    assertStageGood(restore, await currentStructure('plant'));
    const seen = input.compareId
      ? await compareSeen(server.vault, input.compareId, restore.backupId)
      : null;
    if (input.cancelRunningBackup) await cancelRunningBackup(server, permit);
    await swapInPlant(server, {
      by: permit,
      restore,
      replacedBy: 'APPLY',
      epoch,
      enable: readIds(input.enableAccounts ?? []),
      keepNothing: input.keepNothing ?? false,
      begin: (client, keepUntil) => takeStage(client, id, actor, keepUntil),
      follow: async (db, after) => {
        if (seen && !input.keepNothing) await enqueueCheckRestore(db, restore, { seen, ...after });
      },
      lastLook: async (client) => {
        if (seen && !input.evenIfChanged) await assertAsCompared(sqlRunnerOn(client), seen);
      },
    });
  });
  return readAfterSwap(() => getRestore(server, id));
}

function readIds(ids: readonly string[]): readonly string[] {
  if (ids.every((id) => isUuid(id))) return ids;
  throw validationError([{ path: 'enableAccounts', reason: 'notAnId' }]);
}

/** Takes the name that the backup had when it was staged, or the one it has now. */
async function assertConfirmed(server: Server, restore: Restore, typed: string): Promise<void> {
  const backup = await findBackupRow(server.vault, restore.backupId);
  if (sameName(typed, restore.backupName) || (backup && sameName(typed, backup.name))) return;
  throw validationError([{ path: 'confirmName', reason: 'backupNameDiffers' }]);
}

function assertStageGood(restore: Restore, structure: StructureVersion): void {
  assertFresh(restore);
  if (!sameStructure(stagedStructure(restore), structure)) throw new FiberkeepError('STAGE_STALE');
}

async function takeStage(
  client: ClientBase,
  id: string,
  actor: Permit<'backup.restore'>['actor'],
  keepUntil: Date,
): Promise<string> {
  const restore = await lockRestoreSql(client, id);
  if (!restore) throw notFound('restore');
  assertFresh(restore);
  await markAppliedSql(client, id, actor, keepUntil);
  return restore.stageSchema;
}

function assertFresh({ status, goodUntil }: Pick<Restore, 'status' | 'goodUntil'>): void {
  if (status === 'APPLIED' || status === 'UNDONE')
    throw new FiberkeepError('RESTORE_ALREADY_APPLIED');
  if (status !== 'STAGED') {
    const reason = status === 'STAGING' ? 'stageBeingMade' : 'restoreEnded';
    throw new FiberkeepError('CONFLICT', { reason });
  }
  if (!goodUntil || goodUntil <= new Date()) throw new FiberkeepError('STAGE_STALE');
}
