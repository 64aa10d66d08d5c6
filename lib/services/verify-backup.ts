import type { Backup, Job } from '../../generated/vault/client.ts';
import { readManifest } from '../engine/read-backup.ts';
import { type Problem, verifyBackup } from '../engine/verify-backup.ts';
import { RewindError } from '../errors/index.ts';
import { recordAudit } from '../vault/audit.ts';
import { holdBackup } from '../vault/backups.ts';
import { openChunkIndex } from '../vault/chunk-index.ts';
import type { VaultTransaction } from '../vault/client.ts';
import { readJobInput } from '../vault/job-inputs.ts';
import { enqueueJob, type JobRequest } from '../vault/jobs.ts';
import type { JobRun } from './job-run.ts';
import type { Permit } from './permit.ts';
import type { Server } from './server.ts';
import { noSuchBackup } from './update-backup.ts';

/** Asks for every chunk of the backup to be read back and checked. Throws NOT_FOUND. */
export async function requestVerify(
  server: Server,
  permit: Permit<'backup.create'>,
  backupId: string,
): Promise<Job> {
  return server.vault.$transaction(async (tx) => {
    const backup = await holdBackup(tx, backupId);
    if (!backup) throw noSuchBackup();
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.verify.request',
      target: { kind: 'backup', id: backupId, name: backup.name },
      outcome: 'DONE',
    });
    return enqueueVerify(tx, backup, permit.actor);
  });
}

/** Queues the check in the transaction of somebody else's; of an automatic backup in the one that enters it. */
export function enqueueVerify(
  tx: VaultTransaction,
  backup: Pick<Backup, 'id' | 'name'>,
  requestedBy: JobRequest<'VERIFY_BACKUP'>['requestedBy'],
): Promise<Job> {
  const input = { backupId: backup.id, name: backup.name };
  return enqueueJob(tx, { kind: 'VERIFY_BACKUP', input, requestedBy });
}

/**
 * The job: fails with what is wrong, where anything is. Damaged chunks of files are not used again, so the
 * next backup stores those files anew.
 */
export async function runVerifyBackup(server: Server, run: JobRun): Promise<void> {
  const { backupId } = readJobInput('VERIFY_BACKUP', run.job.input);
  const backup = await server.vault.backup.findFirst({ where: { id: backupId, status: 'READY' } });
  if (!backup) throw noSuchBackup();
  const { store, keys } = server;
  const manifest = await readManifest(store, keys, backup.manifestObject);
  const verified = await verifyBackup({
    store,
    keys,
    manifest,
    report: run.report,
    signal: run.signal,
  });
  if (verified.problems.length > 0) {
    const index = openChunkIndex(server.pool, run.job.id);
    await index.distrust(verified.problems.flatMap((problem) => problem.chunks));
    throw damaged(backup, verified.problems);
  }
  const { tables, files, bytes } = verified;
  await run.commit(
    { backupId, tables: String(tables), files: String(files), bytes: String(bytes) },
    async () => {},
  );
}

function damaged(backup: Backup, problems: readonly Problem[]): RewindError {
  const [first] = problems;
  const others = problems.length > 1 ? ` ${problems.length - 1} more parts are damaged too.` : '';
  const message = `The backup “${backup.name}” does not come back as it was: ${first?.error.message}${others}`;
  return new RewindError('VERIFY_FAILED', message, {
    hint: 'Keep to the backups that verify well, and check the disk of the store: it changes or loses bytes.',
    cause: first?.error,
  });
}
