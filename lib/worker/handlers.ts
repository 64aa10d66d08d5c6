import { runDigestArchive, runPrepareArchive } from '../services/archives/archive-head.ts';
import { runCheckUpload } from '../services/archives/check-upload.ts';
import { runCreateBackup } from '../services/backups/create-backup.ts';
import { runSweep } from '../services/backups/sweep.ts';
import { runVerifyBackup } from '../services/drills/verify-backup.ts';
import type { JobKind } from '../services/jobs/job-queue.ts';
import type { JobRun } from '../services/jobs/job-run.ts';
import { runLoadSample } from '../services/network/load-sample.ts';
import { runRetention } from '../services/nights/retention.ts';
import { runStageRestore } from '../services/restores/stage-restore.ts';
import type { Server } from '../services/server.ts';

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
  VERIFY_BACKUP: runVerifyBackup,
};
