import { z } from 'zod';
import type { Job } from '#generated/vault/client.ts';
import { inputOf, targetOf } from '#jobs/kinds.ts';
import { backupInputFields, type NamedBackup } from '../backups/backup-fields.ts';
import { type CreateBackupInput, createBackupJob } from '../backups/create-backup.ts';
import { compareJob } from '../compare/request-compare.ts';
import { kindOf } from '../job-kinds.ts';
import { stageRestoreJob } from '../restores/stage-restore.ts';
import { checkUploadJob } from '../uploads/check-upload.ts';

const namedBackup = z.object(backupInputFields);
const toDestination = z.object({ destinationId: z.uuid() });

/** The backup that a job made or tested, once it has; null before, and for other kinds. */
export function madeBackupId(job: Job): string | null {
  const result = job.result as { backupId?: string } | null;
  return result?.backupId ?? null;
}

/** The backup that a job makes or works on; null for other kinds. */
export function targetBackupIdOf(job: Job): string | null {
  const target = targetOf(kindOf(job), job);
  return target?.kind === 'backup' ? target.id : null;
}

/** The backup that a job works on, with its name of when it was asked for; null where the job names none. */
export function namedBackupOf({ input }: Job): Pick<NamedBackup, 'name' | 'givenName'> | null {
  return namedBackup.safeParse(input).data ?? null;
}

/** The destination that a job sends to, looks after or fetches from; null for other kinds. */
export function destinationIdOf({ input }: Job): string | null {
  return toDestination.safeParse(input).data?.destinationId ?? null;
}

/** What kind of backup a job makes; null for other kinds of job. */
export function backupKindOf(job: Job): CreateBackupInput['kind'] | null {
  return inputOf(createBackupJob, job)?.kind ?? null;
}

/** The restore whose stage a job makes; null for other kinds. */
export function restoreIdOf(job: Job): string | null {
  return inputOf(stageRestoreJob, job)?.restoreId ?? null;
}

/** The compare that a job makes; null for other kinds. */
export function compareIdOf(job: Job): string | null {
  return inputOf(compareJob, job)?.compareId ?? null;
}

/** The upload that a job checks; null for other kinds. */
export function uploadIdOf(job: Job): string | null {
  return inputOf(checkUploadJob, job)?.uploadId ?? null;
}
