import { runDigestArchive, runPrepareArchive } from '../services/archive-head.ts';
import { runCheckUpload } from '../services/check-upload.ts';
import { runCreateBackup } from '../services/create-backup.ts';
import type { JobKind } from '../services/job-queue.ts';
import type { JobRun } from '../services/job-run.ts';
import { runLoadSample } from '../services/load-sample.ts';
import { runRetention } from '../services/retention.ts';
import type { Server } from '../services/server.ts';
import { runStageRestore } from '../services/stage-restore.ts';
import { runSweep } from '../services/sweep.ts';
import { runVerifyBackup } from '../services/verify-backup.ts';

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
