import type { Failure } from '#errors';
import { publish } from '#events/channel.ts';
import type { Job, Prisma } from '#generated/vault/client.ts';
import { cancelQueuedJob, failJob } from '#jobs/claims.ts';
import { type JobInput, type JobKind, peekJobInput } from '#jobs/inputs.ts';
import type { Actor } from '#vault/actor.ts';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureDetail } from '#vault/failures.ts';
import { authorIn } from './authors.ts';
import type { Action } from './permit.ts';
import { restoreTestEnded } from './restore-tests/restore-test-ended.ts';
import { markRestoreTestFailed } from './restore-tests/restore-test-rows.ts';
import { endUploadCheck } from './uploads/upload-rows.ts';

interface KindOfWork {
  /** What a person must be allowed to ask for it, and to cancel it. */
  readonly action: Action;
  /** What the audit log calls it. */
  readonly audit: string;
}

/** What each kind of job means to people. */
export const kindsOfWork: Record<JobKind, KindOfWork> = {
  CREATE_BACKUP: { action: 'backup.create', audit: 'backup.create' },
  TEST_BACKUP: { action: 'backup.create', audit: 'backup.test' },
  STAGE_RESTORE: { action: 'backup.restore', audit: 'backup.stage' },
  SWEEP: { action: 'backup.delete', audit: 'backup.sweep' },
  RETENTION: { action: 'backup.delete', audit: 'backup.retention' },
  SAMPLE: { action: 'network.import', audit: 'network.load-sample' },
  PREPARE_ARCHIVE: { action: 'backup.download', audit: 'backup.prepare-archive' },
  DIGEST_ARCHIVE: { action: 'backup.download', audit: 'backup.digest-archive' },
  CHECK_UPLOAD: { action: 'backup.upload', audit: 'backup.upload' },
};

export function kindOf(job: Job): JobKind {
  if (job.kind in kindsOfWork) return job.kind as JobKind;
  throw new RangeError(`Not a kind of job: ${job.kind}`);
}

/** The server's own chores: of interest only when they fail. Who downloads is written down by the download. */
const chores: readonly JobKind[] = ['SWEEP', 'RETENTION', 'PREPARE_ARCHIVE', 'DIGEST_ARCHIVE'];

/** Writes the success of a job into the audit log, in the transaction that commits it. */
export async function auditJobSuccess(tx: VaultTransaction, job: Job): Promise<void> {
  if (chores.includes(kindOf(job))) return;
  await auditJobEnd(tx, job, 'DONE', { jobId: job.id });
}

/**
 * Ends a job that runs as FAILED, with all that follows from it. Throws LEASE_LOST, changing nothing, where
 * another worker has claimed the job since.
 */
export async function endFailedJob(
  tx: VaultTransaction,
  job: Job,
  failure: Failure,
): Promise<void> {
  await failJob(tx, job, 'FAILED', failure);
  await endRestore(tx, job, 'FAILED');
  await endUpload(tx, job, 'FAILED', failure);
  await endRestoreTest(tx, job, failure);
  await auditJobEnd(tx, job, 'FAILED', { jobId: job.id, ...failureDetail(failure) });
}

/** Ends a job that runs as CANCELLED; throws LEASE_LOST like `endFailedJob`. */
export async function endCancelledJob(tx: VaultTransaction, job: Job): Promise<void> {
  await failJob(tx, job, 'CANCELLED', null);
  await settleCancelled(tx, job);
}

/** Cancels a job that nobody has claimed yet; false where someone has, or it ended. */
export async function endQueuedJob(tx: VaultTransaction, job: Job): Promise<boolean> {
  if (!(await cancelQueuedJob(tx, job.id))) return false;
  await settleCancelled(tx, job);
  return true;
}

async function settleCancelled(tx: VaultTransaction, job: Job): Promise<void> {
  await endRestore(tx, job, 'DISCARDED');
  await endUpload(tx, job, 'CANCELLED', null);
  await auditJobEnd(tx, job, 'FAILED', { jobId: job.id, code: 'CANCELLED' });
}

/** A restore whose stage was not made ends with its job; housekeeping drops what there is of the schema. */
async function endRestore(
  tx: VaultTransaction,
  job: Job,
  status: 'FAILED' | 'DISCARDED',
): Promise<void> {
  const restoreId = restoreIdOf(job);
  if (restoreId === null) return;
  await tx.restore.updateMany({
    where: { id: restoreId, status: 'STAGING' },
    data: { status, endedAt: new Date() },
  });
  await publish(tx, { kind: 'RESTORES_CHANGED', id: restoreId });
}

/** An upload whose check did not come to a verdict: it can be checked again, or goes where a person said so. */
async function endUpload(
  tx: VaultTransaction,
  job: Job,
  status: 'FAILED' | 'CANCELLED',
  error: Failure | null,
): Promise<void> {
  const uploadId = uploadIdOf(job);
  if (uploadId !== null) await endUploadCheck(tx, uploadId, status, { error });
}

/** TEST_FAILED is the verdict on the backup; any other failure only says that there is none. */
async function endRestoreTest(tx: VaultTransaction, job: Job, error: Failure): Promise<void> {
  const input = job.kind === 'TEST_BACKUP' ? peekJobInput(job.kind, job.input) : null;
  if (!input) return;
  const failed = error.code === 'TEST_FAILED';
  if (failed) await markRestoreTestFailed(tx, input.backupId, error);
  const backup = await tx.backup.findUnique({ where: { id: input.backupId } });
  if (!backup) return;
  const outcome = failed ? 'FAILED' : 'UNDECIDED';
  await restoreTestEnded(tx, { backup, jobId: job.id, outcome, error });
}

async function auditJobEnd(
  tx: VaultTransaction,
  job: Job,
  outcome: 'DONE' | 'FAILED',
  detail: Prisma.InputJsonObject,
): Promise<void> {
  await recordAudit(tx, {
    actor: requesterOf(job),
    action: kindsOfWork[kindOf(job)].audit,
    target: targetOf(job),
    outcome,
    detail,
  });
}

/** Who asked for a job, as it was noted then. */
export function requesterOf(job: Job): Actor {
  const { apiKeyId: id, apiKeyName: name } = job;
  return {
    ...authorIn(job, 'requestedBy'),
    address: job.requestedFrom,
    apiKey: id !== null && name !== null ? { id, name } : null,
  };
}

function targetOf(job: Job): AuditEntry['target'] {
  const kind = kindOf(job);
  if (kind === 'SWEEP' || kind === 'RETENTION' || kind === 'SAMPLE') return undefined;
  if (kind === 'CHECK_UPLOAD') {
    const upload = peekJobInput(kind, job.input);
    return upload ? { kind: 'upload', id: upload.uploadId, name: upload.fileName } : undefined;
  }
  const input = peekJobInput(kind, job.input);
  if (!input) return undefined;
  const { backupId, name, givenName } = input;
  return { kind: 'backup', id: backupId, name, givenName };
}

/** The backup that a job made or checked, once it has; null before, and for other kinds. */
export function madeBackupId(job: Job): string | null {
  const result = job.result as { backupId?: string } | null;
  return result?.backupId ?? null;
}

/** The restore that a job makes the stage for; null for other kinds. */
export function restoreIdOf(job: Job): string | null {
  if (job.kind !== 'STAGE_RESTORE') return null;
  return peekJobInput('STAGE_RESTORE', job.input)?.restoreId ?? null;
}

/** The upload that a job checks; null for other kinds. */
export function uploadIdOf(job: Job): string | null {
  if (job.kind !== 'CHECK_UPLOAD') return null;
  return peekJobInput('CHECK_UPLOAD', job.input)?.uploadId ?? null;
}

/** What kind of backup a job makes; null for other kinds of job. */
export function backupKindOf(job: Job): JobInput<'CREATE_BACKUP'>['kind'] | null {
  if (job.kind !== 'CREATE_BACKUP') return null;
  return peekJobInput('CREATE_BACKUP', job.input)?.kind ?? null;
}

/** The backup that a job makes or works on; null for other kinds. */
export function targetBackupIdOf(job: Job): string | null {
  const target = targetOf(job);
  return target?.kind === 'backup' ? (target.id ?? null) : null;
}
