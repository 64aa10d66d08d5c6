import type { JobRun } from '#jobs/job-run.ts';
import type { JobKind } from '#jobs/queue.ts';
import { runCreateBackup } from '#services/backups/create-backup.ts';
import { runSweep } from '#services/backups/sweep-chunks.ts';
import { runDigestArchive, runPrepareArchive } from '#services/downloads/archive-head.ts';
import { runLoadSample } from '#services/network/load-sample.ts';
import { runTestBackup } from '#services/restore-tests/test-backup.ts';
import { runStageRestore } from '#services/restores/stage-restore.ts';
import { runRetention } from '#services/schedule/retention.ts';
import type { Server } from '#services/server.ts';
import { runCheckUpload } from '#services/uploads/check-upload.ts';

/** Does a job's work and commits it by `run.commit`; throws what went wrong. Stops when `run.signal` says so. */
export type JobHandler = (server: Server, run: JobRun) => Promise<void>;

export type JobHandlers = Partial<Record<JobKind, JobHandler>>;

/** Which service does which kind of job. */
export const jobHandlers: Required<JobHandlers> = {
  CHECK_UPLOAD: runCheckUpload,
  CREATE_BACKUP: runCreateBackup,
  DIGEST_ARCHIVE: runDigestArchive,
  PREPARE_ARCHIVE: runPrepareArchive,
  RETENTION: runRetention,
  SAMPLE: runLoadSample,
  STAGE_RESTORE: runStageRestore,
  SWEEP: runSweep,
  TEST_BACKUP: runTestBackup,
};
