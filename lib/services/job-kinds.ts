import type { JobKind } from '#jobs/kinds.ts';
import { createBackupJob } from './backups/create-backup.ts';
import { scrubJob } from './backups/scrub-chunks.ts';
import { sweepJob } from './backups/sweep-chunks.ts';
import { bringBackJob } from './bring-back/bring-back.ts';
import { undoChangeSetJob } from './bring-back/undo-change-set.ts';
import { countChangesJob } from './changes/count-changes.ts';
import { compareJob } from './compare/request-compare.ts';
import { digestArchiveJob } from './downloads/digest-archive.ts';
import { prepareArchiveJob } from './downloads/prepare-archive.ts';
import { fetchBackupJob } from './external/fetch-backup.ts';
import { sendBackupJob } from './external/send-backup.ts';
import { tendDestinationJob } from './external/tend-destination.ts';
import { testCopyJob } from './external/test-copy.ts';
import { applyImportJob, undoImportJob } from './imports/apply-import.ts';
import { readImportJob } from './imports/request-import.ts';
import { loadSampleJob } from './network/load-sample.ts';
import type { Action } from './permit.ts';
import { recoverJob } from './recovery/recover-server.ts';
import { testBackupJob } from './restore-tests/test-backup.ts';
import { checkRestoreJob } from './restores/check-restore.ts';
import { stageRestoreJob } from './restores/stage-restore.ts';
import { retentionJob } from './schedule/run-retention.ts';
import type { Server } from './server.ts';
import { checkUploadJob } from './uploads/check-upload.ts';

/** Every kind of job, by its name. */
export const jobKinds = {
  APPLY_IMPORT: applyImportJob,
  BRING_BACK: bringBackJob,
  CHECK_RESTORE: checkRestoreJob,
  CHECK_UPLOAD: checkUploadJob,
  COMPARE: compareJob,
  COUNT_CHANGES: countChangesJob,
  CREATE_BACKUP: createBackupJob,
  DIGEST_ARCHIVE: digestArchiveJob,
  FETCH_BACKUP: fetchBackupJob,
  PREPARE_ARCHIVE: prepareArchiveJob,
  READ_IMPORT: readImportJob,
  RECOVER: recoverJob,
  RETENTION: retentionJob,
  SAMPLE: loadSampleJob,
  SCRUB: scrubJob,
  SEND_BACKUP: sendBackupJob,
  STAGE_RESTORE: stageRestoreJob,
  SWEEP: sweepJob,
  TEND_DESTINATION: tendDestinationJob,
  TEST_BACKUP: testBackupJob,
  TEST_COPY: testCopyJob,
  UNDO_CHANGE_SET: undoChangeSetJob,
  UNDO_IMPORT: undoImportJob,
} satisfies Record<string, JobKind<unknown, Server, Action>>;

export type JobKindName = keyof typeof jobKinds;

/** The definition of a job's kind. Throws RangeError for a kind that this version does not know. */
export function kindOf({ kind }: { readonly kind: string }): JobKind<unknown, Server, Action> {
  if (Object.hasOwn(jobKinds, kind)) return jobKinds[kind as JobKindName];
  throw new RangeError(`Not a kind of job: ${kind}`);
}
