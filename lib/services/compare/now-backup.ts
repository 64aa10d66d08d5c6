import { v7 as uuidv7 } from 'uuid';
import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { releasePlant } from '#vault/plant-state.ts';
import { makeBackup } from '../backups/create-backup.ts';
import { safetyName } from '../backups/given-name.ts';
import { systemActor } from '../permit.ts';
import { enqueueRestoreTest } from '../restore-tests/test-backup.ts';
import type { Server } from '../server.ts';
import type { Compare } from './compare-rows.ts';
import { deleteNowBackup, keepNowBackupRow, unusedNowBackups } from './compare-rows.ts';

/**
 * Makes a backup of the plant of now for a compare. It is named as the SAFETY backup that it becomes where an apply
 * follows. Others may take the plant as soon as it is read.
 */
export async function makeNowBackup(
  server: Server,
  { job, report, signal }: Pick<JobRun, 'job' | 'report' | 'signal'>,
  compare: Pick<Compare, 'fromName' | 'fromGivenName'>,
) {
  const { fromName: backupName, fromGivenName: backupGivenName } = compare;
  const made = await makeBackup(server, {
    job,
    report,
    signal,
    input: {
      backupId: uuidv7(),
      ...safetyName({ backupName, backupGivenName }, 'APPLY'),
      comment: '',
      includeFiles: true,
      kind: 'SAFETY',
      schema: 'plant',
      scheduledFor: null,
    },
  });
  await releasePlant(server.vault, job.id);
  return made;
}

/** Keeps the backup of a compare with now as a SAFETY backup, in the transaction of what follows from the preview. */
export async function keepNowBackup(
  tx: VaultTransaction,
  { toNow, toBackupId }: Pick<Compare, 'toNow' | 'toBackupId'>,
): Promise<Backup | null> {
  const kept = toNow && toBackupId ? await keepNowBackupRow(tx, toBackupId) : null;
  if (!kept) return null;
  await enqueueRestoreTest(tx, kept, systemActor);
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: kept.id });
  return kept;
}

/**
 * Housekeeping: removes backups made on the spot whose compare is gone. The row goes first: without it nobody finds
 * the manifest, and a sweep removes one that a crash left. Their chunks go with the next sweep.
 */
export async function dropUnusedNowBackups(server: Server): Promise<void> {
  for (const { id, manifestObject } of await unusedNowBackups(server.vault)) {
    await deleteNowBackup(server.vault, id);
    await server.store.delete(manifestObject);
  }
}
