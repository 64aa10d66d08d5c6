import { setTimeout as sleep } from 'node:timers/promises';
import { asFiberkeepError, FiberkeepError, failureOf } from '#errors';
import { subscribe } from '#events/hub.ts';
import type { EventQueue } from '#events/queue.ts';
import type { Job } from '#generated/vault/client.ts';
import { auditJobSuccess, endCancelledJob, endFailedJob } from '#services/job-kinds.ts';
import type { Server } from '#services/server.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import {
  claimJob,
  lockAbandonedJob,
  MAX_ATTEMPTS,
  type Progress,
  renewLease,
  requeueJob,
  succeedJob,
} from './claims.ts';
import type { JobKind } from './inputs.ts';

export type { Progress } from './claims.ts';
export { LEASE_MS } from './claims.ts';
export type { JobKind } from './inputs.ts';

/** What a worker does with the queue. Everything here is the server's own doing: no permit is asked. */

const RETRY_MS = 500;
const COMMIT_LIMITS = { maxWait: 5_000, timeout: 60_000 };

/** Why a job is stopped before its end. */
export type StopReason = 'CANCELLED' | 'LEASE_LOST' | 'SHUTDOWN';

/** Claims the oldest job of these kinds that is due or was abandoned; null where there is none. */
export function claimNextJob(
  server: Server,
  kinds: readonly JobKind[],
  workerId: string,
): Promise<Job | null> {
  return claimJob(server.vault, kinds, workerId);
}

/** Renews a job's lease and writes its progress, when given. */
export function renewJobLease(server: Server, job: Job, progress: Progress | null) {
  return renewLease(server.vault, job, progress);
}

/** News of the queue until it is closed: a job's id, or null for "look at everything". */
export function followJobs(server: Server): AsyncIterable<string | null> & { close(): void } {
  const events = subscribe(server.databaseUrl);
  return { [Symbol.asyncIterator]: () => jobNews(events), close: () => events.close() };
}

async function* jobNews(events: EventQueue) {
  for await (const { kind, id } of events)
    if (kind === 'REFETCH' || kind === 'JOBS_CHANGED') yield id;
}

/**
 * Runs `work` in the one transaction that also marks the job SUCCEEDED and audits it. Throws LEASE_LOST,
 * changing nothing, where another worker has claimed the job since, and CANCELLED where its end was asked
 * for before.
 */
export async function commitJob(
  server: Server,
  job: Job,
  result: Record<string, string>,
  work: (tx: VaultTransaction) => Promise<void>,
): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    await succeedJob(tx, job, result);
    await work(tx);
    await auditJobSuccess(tx, job);
  }, COMMIT_LIMITS);
}

/**
 * Writes how a job ended that did not succeed: QUEUED again after a shutdown or the loss of the database,
 * CANCELLED, or FAILED. Tried again while `holds` says that the lease lasts; after that the lease running
 * out says the rest. Throws what the database refuses.
 */
export async function endStoppedJob(
  server: Server,
  job: Job,
  stopped: StopReason | null,
  thrown: unknown,
  holds: () => boolean,
): Promise<void> {
  const ending = endingOf(job, stopped, thrown);
  while (ending && holds()) {
    try {
      return await server.vault.$transaction(ending, COMMIT_LIMITS);
    } catch (again) {
      if (again instanceof FiberkeepError && again.code === 'LEASE_LOST') return;
      if (!isDatabaseLost(again)) throw again;
      await sleep(RETRY_MS);
    }
  }
}

function endingOf(job: Job, stopped: StopReason | null, thrown: unknown) {
  const error = asFiberkeepError(thrown);
  if (stopped === 'LEASE_LOST' || error.code === 'LEASE_LOST') return null;
  const requeue = (delayMs: number, forgiven: boolean) => async (tx: VaultTransaction) => {
    await requeueJob(tx, job, { delayMs, forgiven });
  };
  if (stopped === 'SHUTDOWN') return requeue(0, true);
  if (stopped === 'CANCELLED' || error.code === 'CANCELLED')
    return (tx: VaultTransaction) => endCancelledJob(tx, job);
  if (isDatabaseLost(thrown) && job.attempts < MAX_ATTEMPTS) return requeue(RETRY_MS, false);
  return (tx: VaultTransaction) => endFailedJob(tx, job, failureOf(error));
}

/** Ends the jobs whose worker was lost and that nobody shall try again. */
export async function endAbandonedJobs(server: Server): Promise<void> {
  while (await server.vault.$transaction(endOneAbandoned));
}

function workerLost({ attempts }: Job): FiberkeepError {
  return new FiberkeepError('WORKER_LOST', {
    reason: 'workerLostEachTime',
    params: { attempts },
  });
}

async function endOneAbandoned(tx: VaultTransaction): Promise<boolean> {
  const job = await lockAbandonedJob(tx);
  if (!job) return false;
  if (job.cancelRequestedAt) await endCancelledJob(tx, job);
  else await endFailedJob(tx, job, failureOf(workerLost(job)));
  return true;
}
