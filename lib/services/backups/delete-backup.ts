import type { Author } from '#engine/ports.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { stopJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type Authority, writeVault } from '../authority.ts';
import { type Permit, systemActor } from '../permit.ts';
import { activeRestoreTest } from '../restore-tests/restore-test-rows.ts';
import { testBackupJob } from '../restore-tests/test-backup.ts';
import { noteRemoval } from '../schedule/night-rows.ts';
import type { Server } from '../server.ts';
import {
  backupsBeingDeleted,
  deleteBackupRow,
  isBackupInUse,
  lockBackup,
  markDeleting,
} from './backup-rows.ts';
import { requestSweep } from './sweep-chunks.ts';

/**
 * Deletes a backup: marks its row, removes its manifest, then its row. A job removes the chunks that no other
 * backup needs. Housekeeping finishes interrupted deletions. Throws NOT_FOUND, BACKUP_PINNED unless `evenPinned`
 * says that somebody wants it gone all the same, and BACKUP_IN_USE while a job reads the backup.
 */
export async function deleteBackup(
  server: Server,
  permit: Permit<'backup.delete'>,
  id: string,
  { evenPinned = false }: Pick<Removal, 'evenPinned'> = {},
): Promise<void> {
  try {
    await removeBackup(server, id, permit, { evenPinned });
  } catch (thrown) {
    if (thrown instanceof FiberkeepError && thrown.code !== 'NOT_FOUND')
      await recordAudit(server.vault, {
        actor: permit.actor,
        action: 'backup.delete',
        target: { kind: 'backup', id, name: '' },
        outcome: 'REFUSED',
        detail: { code: thrown.code },
      });
    throw thrown;
  }
}

interface Removal {
  readonly evenPinned?: boolean;
  /** Runs with the row locked and throws where the backup must stay. */
  readonly check?: (tx: VaultTransaction, backup: Backup) => Promise<void>;
}

/** `deleteBackup` for the server itself too: refusals are not audited. */
export async function removeBackup(
  server: Server,
  id: string,
  by: Authority,
  removal: Removal,
): Promise<void> {
  const { actor } = by;
  const backup = await writeVault(server, by, (tx) => beginDeletion(tx, id, actor, removal));
  await removeMarked(server, backup, actor);
}

/** Finishes deletions that were interrupted after their mark. The audit log says who began them. */
export async function finishDeletions(server: Server): Promise<void> {
  const marked = await backupsBeingDeleted(server.vault);
  for (const backup of marked) await removeMarked(server, backup, systemActor);
}

async function beginDeletion(
  tx: VaultTransaction,
  id: string,
  by: Author,
  { evenPinned = false, check }: Removal,
): Promise<Backup> {
  const backup = await lockBackup(tx, id);
  if (!backup) throw notFound('backup');
  if (backup.pinned && !evenPinned)
    throw new FiberkeepError('BACKUP_PINNED', {
      reason: 'backupPinned',
      params: { name: backup.name },
    });
  await cancelOwnRestoreTest(tx, id);
  await refuseInUse(tx, backup);
  await check?.(tx, backup);
  await noteRemoval(tx, backup, by, new Date());
  return markDeleting(tx, id);
}

/**
 * Cancels a restore test that the server began by itself, since nobody waits for it. The sweep leaves chunks
 * alone for longer than the test takes to stop.
 */
async function cancelOwnRestoreTest(tx: VaultTransaction, id: string): Promise<void> {
  const restoreTest = await activeRestoreTest(tx, id);
  if (restoreTest?.requestedByKind === 'SERVER') await stopJob(tx, testBackupJob, restoreTest.id);
}

async function refuseInUse(tx: VaultTransaction, backup: Backup): Promise<void> {
  if (await isBackupInUse(tx, backup.id))
    throw new FiberkeepError('BACKUP_IN_USE', {
      reason: 'backupInUse',
      params: { name: backup.name },
    });
}

/** Removes the manifest first, so that a crash leaves a marked row and never a READY row without a manifest. */
async function removeMarked(server: Server, backup: Backup, actor: Actor): Promise<void> {
  await server.store.delete(backup.manifestObject);
  await server.store.sync();
  await server.vault.$transaction(async (tx) => {
    if (!(await deleteBackupRow(tx, backup.id))) return;
    await recordAudit(tx, {
      actor,
      action: 'backup.delete',
      target: backupTarget(backup),
      outcome: 'DONE',
    });
    await requestSweep(server, tx);
  });
}
