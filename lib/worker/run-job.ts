import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../generated/vault/client.ts';
import { asRewindError, type RewindError } from '../errors/index.ts';
import { auditJobSuccess, endCancelledJob, endFailedJob } from '../services/end-job.ts';
import type { JobRun } from '../services/job-run.ts';
import type { Log } from '../services/log.ts';
import type { Server } from '../services/server.ts';
import type { VaultTransaction } from '../vault/client.ts';
import { isDatabaseLost } from '../vault/database-lost.ts';
import { MAX_ATTEMPTS, requeueJob, succeedJob } from '../vault/job-claims.ts';
import type { JobHandler } from './handlers.ts';
import type { Lease } from './lease.ts';

const RETRY_MS = 500;
const COMMIT_LIMITS = { maxWait: 5_000, timeout: 60_000 };

/**
 * Runs a claimed job to its end and writes how it ended: SUCCEEDED by its own commit, CANCELLED, FAILED,
 * or QUEUED again after a shutdown or the loss of the database. Never throws; what it cannot write down
 * the lease settles, by running out.
 */
export async function runJob(
  server: Server,
  job: Job,
  lease: Lease,
  handler: JobHandler,
  log: Log,
): Promise<void> {
  let committed = false;
  const commit: JobRun['commit'] = async (result, work) => {
    // The row is locked from here on: a renewal would wait for it, then take the job for lost.
    await lease.release();
    lease.signal.throwIfAborted();
    await server.vault.$transaction(async (tx) => {
      await succeedJob(tx, job, result);
      await work(tx);
      await auditJobSuccess(tx, job);
    }, COMMIT_LIMITS);
    committed = true;
  };
  try {
    await handler(server, { job, signal: lease.signal, report: lease.report, commit });
    if (!committed) await commit({}, async () => {});
    log.info({ job: job.id, kind: job.kind }, 'job done');
  } catch (thrown) {
    if (!committed) await settle(server, job, lease, thrown, log);
    else log.error({ job: job.id, err: thrown }, 'failed after its commit');
  } finally {
    await lease.release();
  }
}

async function settle(server: Server, job: Job, lease: Lease, thrown: unknown, log: Log) {
  const error = asRewindError(thrown);
  const line = { job: job.id, kind: job.kind, attempt: job.attempts, code: error.code };
  log.warn({ ...line, stopped: lease.stopped, err: thrown }, 'job stopped');
  if (lease.stopped === 'LEASE_LOST' || error.code === 'LEASE_LOST') return;
  const ending = endingOf(job, lease, error, thrown);
  while (lease.remainingMs > 0) {
    try {
      return await server.vault.$transaction(ending, COMMIT_LIMITS);
    } catch (again) {
      if (!isDatabaseLost(again)) return log.warn({ ...line, err: again }, 'end not written');
      await sleep(RETRY_MS);
    }
  }
}

/** What is written about a job that did not succeed. */
function endingOf(job: Job, lease: Lease, error: RewindError, thrown: unknown) {
  return async (tx: VaultTransaction): Promise<void> => {
    if (lease.stopped === 'SHUTDOWN')
      return void (await requeueJob(tx, job, { delayMs: 0, forgiven: true }));
    if (lease.stopped === 'CANCELLED' || error.code === 'CANCELLED')
      return endCancelledJob(tx, job);
    if (isDatabaseLost(thrown) && job.attempts < MAX_ATTEMPTS)
      return void (await requeueJob(tx, job, { delayMs: RETRY_MS, forgiven: false }));
    await endFailedJob(tx, job, error);
  };
}
