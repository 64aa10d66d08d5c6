import type { Author } from '#engine/ports.ts';
import { FiberkeepError, notFound } from '#errors';
import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import { stopJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type Permit, systemActor } from '../permit.ts';
import { activeRestoreTest } from '../restore-tests/restore-test-rows.ts';
import { testBackupJob } from '../restore-tests/test-backup.ts';
import { noteRemoval } from '../schedule/night-rows.ts';
import type { Server } from '../server.ts';
import { isBackupInUse, lockBackup } from './backup-rows.ts';
import { requestSweep } from './sweep-chunks.ts';

/**
 * Removes a backup: its row is marked, its manifest removed, its row removed; the chunks that no other
 * backup needs go in a job. One that was marked and then interrupted is finished here and by
 * housekeeping. Throws NOT_FOUND, BACKUP_PINNED, and BACKUP_IN_USE while a job reads it.
 */
export async function deleteBackup(
  server: Server,
  permit: Permit<'backup.delete'>,
  id: string,
): Promise<void> {
  try {
    await removeBackup(server, id, permit.actor);
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

type Check = (tx: VaultTransaction, backup: Backup) => Promise<void>;

/**
 * `deleteBackup` for the server's own doing: nobody's permit is asked, and a refusal is not written down.
 * `check` throws where the backup, its row locked, must stay.
 */
export async function removeBackup(
  server: Server,
  id: string,
  actor: Actor,
  check: Check = async () => {},
): Promise<void> {
  const backup = await server.vault.$transaction((tx) => markDeleting(tx, id, actor, check));
  await removeMarked(server, backup, actor);
}

/** Finishes deletions that were interrupted after their mark; who asked is in the audit log since then. */
export async function finishDeletions(server: Server): Promise<void> {
  const marked = await server.vault.backup.findMany({ where: { status: 'DELETING' } });
  for (const backup of marked) await removeMarked(server, backup, systemActor);
}

async function markDeleting(
  tx: VaultTransaction,
  id: string,
  by: Author,
  check: Check,
): Promise<Backup> {
  const backup = await lockBackup(tx, id);
  if (!backup) throw notFound('backup');
  if (backup.pinned)
    throw new FiberkeepError('BACKUP_PINNED', {
      reason: 'backupPinned',
      params: { name: backup.name },
    });
  await callOffOwnRestoreTest(tx, id);
  await refuseInUse(tx, backup);
  await check(tx, backup);
  await noteRemoval(tx, backup, by, new Date());
  await publish(tx, { kind: 'BACKUPS_CHANGED', id });
  return tx.backup.update({ where: { id }, data: { status: 'DELETING' } });
}

/**
 * Nobody waits for a restore test that the server began by itself. What it still reads until it has stopped, the sweep
 * leaves alone for longer than that.
 */
async function callOffOwnRestoreTest(tx: VaultTransaction, id: string): Promise<void> {
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

/** The manifest goes first: what is left of a crash in between is a marked row, never a row without manifest. */
async function removeMarked(server: Server, backup: Backup, actor: Actor): Promise<void> {
  await server.store.delete(backup.manifestObject);
  await server.store.sync();
  await server.vault.$transaction(async (tx) => {
    const removed = await tx.backup.deleteMany({ where: { id: backup.id, status: 'DELETING' } });
    if (removed.count === 0) return;
    await recordAudit(tx, {
      actor,
      action: 'backup.delete',
      target: backupTarget(backup),
      outcome: 'DONE',
    });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id: backup.id });
    await requestSweep(server, tx);
  });
}
