import { setTimeout as sleep } from 'node:timers/promises';
import { asFiberkeepError, errorOf, FiberkeepError, failureOf, storedFailure } from '#errors';
import { publish } from '#events/channel.ts';
import { subscribe } from '#events/hub.ts';
import type { EventQueue } from '#events/queue.ts';
import type { Job, Prisma } from '#generated/vault/client.ts';
import { type Actor, authorIn } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import type { SqlRunner, VaultClient, VaultTransaction } from '#vault/client.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import { failureDetail } from '#vault/failures.ts';
import {
  cancelUnheld,
  failJob,
  insertJob,
  lockAbandonedJob,
  lockJob,
  MAX_ATTEMPTS,
  requestJobCancel,
  requeueJob,
  succeedJob,
} from './job-rows.ts';
import { inputOf, type JobKind, type JobOutcome, Postponed, targetOf } from './kinds.ts';

export { adoptQueuedJob, claimJob, isLaneBusy, requestJobCancel } from './job-rows.ts';

const RETRY_MS = 500;
const COMMIT_LIMITS = { maxWait: 5_000, timeout: 60_000 };

/** Why a job is stopped before its end. */
export type StopReason = 'CANCELLED' | 'LEASE_LOST' | 'SHUTDOWN';

/** What writing an end needs of a kind of job. */
type EndingKind = Pick<JobKind, 'kind' | 'input' | 'audit' | 'isChore' | 'target' | 'onEnd'>;

/** All kinds of job by their names. */
export type JobKinds = Readonly<Record<string, EndingKind>>;

/** Queues a job; workers wake when the transaction commits. Throws where `input` is not the kind's. */
export async function enqueueJob<Input>(
  db: SqlRunner,
  { kind, input: schema, lane }: Pick<JobKind<Input>, 'kind' | 'input' | 'lane'>,
  { input, requestedBy }: { readonly input: NoInfer<Input>; readonly requestedBy: Actor },
): Promise<Job> {
  const read = schema.parse(input);
  const id = await insertJob(db, { kind, lane: lane?.(read) ?? null, input: read, requestedBy });
  await publish(db, { kind: 'JOBS_CHANGED', id });
  return (await lockJob(db, id)) as Job;
}

/** Changes in the queue until it is closed: a job's id, or null for "look at everything". */
export function followJobs(databaseUrl: string): AsyncIterable<string | null> & { close(): void } {
  const events = subscribe(databaseUrl);
  return { [Symbol.asyncIterator]: () => jobChanges(events), close: () => events.close() };
}

async function* jobChanges(events: EventQueue) {
  for await (const { kind, id } of events)
    if (kind === 'REFETCH' || kind === 'JOBS_CHANGED') yield id;
}

/**
 * Runs `work` in the one transaction that also marks the job SUCCEEDED and audits it. Throws LEASE_LOST,
 * changing nothing, where another worker has claimed the job since, and CANCELLED where its end was asked
 * for before.
 */
export async function commitJob(
  vault: VaultClient,
  kind: EndingKind,
  job: Job,
  result: Record<string, string>,
  work: (tx: VaultTransaction) => Promise<void>,
): Promise<void> {
  await vault.$transaction(async (tx) => {
    await succeedJob(tx, job, result);
    await work(tx);
    if (!kind.isChore) await auditEnd(tx, kind, job, 'DONE', {});
  }, COMMIT_LIMITS);
}

/** How a run ended that did not commit. */
export interface Stop {
  /** Null where the run threw by itself. */
  readonly reason: StopReason | null;
  readonly thrown: unknown;
}

/**
 * Writes how a job ended that did not succeed: QUEUED again after a shutdown, the loss of the database or a
 * `Postponed`, CANCELLED, or FAILED. Tried again while `holds` says that the lease lasts; after that, others see the
 * lease run out. Throws what the database refuses.
 */
export async function endStoppedJob(
  vault: VaultClient,
  kind: EndingKind,
  job: Job,
  stop: Stop,
  holds: () => boolean = () => true,
): Promise<void> {
  const ending = endingOf(kind, job, stop);
  while (ending && holds()) {
    try {
      return await vault.$transaction(ending, COMMIT_LIMITS);
    } catch (again) {
      if (again instanceof FiberkeepError && again.code === 'LEASE_LOST') return;
      if (!isDatabaseLost(again)) throw again;
      await sleep(RETRY_MS);
    }
  }
}

type Ending = (tx: VaultTransaction) => Promise<void>;

function endingOf(kind: EndingKind, job: Job, { reason, thrown }: Stop): Ending | null {
  if (reason === null && thrown instanceof Postponed)
    return requeue(job, { delayMs: thrown.until.getTime() - Date.now(), forgiven: true });
  const error = asFiberkeepError(thrown);
  if (reason === 'LEASE_LOST' || error.code === 'LEASE_LOST') return null;
  if (reason === 'SHUTDOWN') return requeue(job, { delayMs: 0, forgiven: true });
  if (reason === 'CANCELLED' || error.code === 'CANCELLED')
    return (tx) => endJob(tx, kind, job, { status: 'CANCELLED' });
  if (isDatabaseLost(thrown) && job.attempts < MAX_ATTEMPTS)
    return requeue(job, { delayMs: RETRY_MS, forgiven: false });
  return (tx) => endJob(tx, kind, job, { status: 'FAILED', failure: failureOf(error) });
}

function requeue(job: Job, how: Parameters<typeof requeueJob>[2]): Ending {
  return async (tx) => {
    await requeueJob(tx, job, how);
  };
}

/** Ends the jobs that lost their worker and are not tried again. */
export async function endAbandonedJobs(vault: VaultClient, kinds: JobKinds): Promise<void> {
  while (await vault.$transaction((tx) => endOneAbandoned(tx, kinds)));
}

async function endOneAbandoned(tx: VaultTransaction, kinds: JobKinds): Promise<boolean> {
  const job = await lockAbandonedJob(tx, Object.keys(kinds));
  const kind = job && kinds[job.kind];
  if (!kind) return false;
  await endJob(tx, kind, job, job.cancelRequestedAt ? { status: 'CANCELLED' } : workerLost(job));
  return true;
}

function workerLost({ attempts }: Job): JobOutcome {
  const details = { reason: 'workerLostEachTime', params: { attempts } } as const;
  return { status: 'FAILED', failure: failureOf(new FiberkeepError('WORKER_LOST', details)) };
}

/**
 * Cancels a job at once where no worker holds it, else asks its worker to stop, which it does within
 * seconds. False where the job has ended.
 */
export async function stopJob(
  tx: VaultTransaction,
  kind: EndingKind,
  id: string,
): Promise<boolean> {
  const { state, job } = await cancelAndAudit(tx, kind, id);
  if (state === 'HELD') return requestJobCancel(tx, id);
  if (state === 'CANCELLED') await follow(tx, kind, job, { status: 'CANCELLED' });
  return state === 'CANCELLED';
}

/**
 * Cancels a job that no worker holds, on any connection. Only for a kind without `onEnd`, which takes a
 * transaction of the vault's client.
 */
export async function cancelUnheldJob(
  db: SqlRunner,
  kind: EndingKind,
  id: string,
): Promise<'CANCELLED' | 'HELD' | 'ENDED'> {
  if (kind.onEnd) throw new RangeError(`Something follows from the end of a ${kind.kind}`);
  return (await cancelAndAudit(db, kind, id)).state;
}

type Cancelled =
  | { readonly state: 'CANCELLED'; readonly job: Job }
  | { readonly state: 'HELD' | 'ENDED'; readonly job: Job | null };

async function cancelAndAudit(db: SqlRunner, kind: EndingKind, id: string): Promise<Cancelled> {
  const job = await lockJob(db, id);
  if (!job || job.endedAt) return { state: 'ENDED', job };
  if (!(await cancelUnheld(db, id))) return { state: 'HELD', job };
  await auditEnd(db, kind, job, 'FAILED', { code: 'CANCELLED' });
  return { state: 'CANCELLED', job };
}

/** Throws LEASE_LOST, changing nothing, where another worker has claimed the job since. */
async function endJob(
  tx: VaultTransaction,
  kind: EndingKind,
  job: Job,
  outcome: JobOutcome,
): Promise<void> {
  const failure = outcome.status === 'FAILED' ? outcome.failure : null;
  await failJob(tx, job, outcome.status, failure);
  await follow(tx, kind, job, outcome);
  await auditEnd(tx, kind, job, 'FAILED', failure ? failureDetail(failure) : { code: 'CANCELLED' });
}

async function follow(
  tx: VaultTransaction,
  kind: EndingKind,
  job: Job,
  outcome: JobOutcome,
): Promise<void> {
  const input = inputOf(kind, job);
  if (input !== null) await kind.onEnd?.(tx, { job, input, outcome });
}

async function auditEnd(
  db: SqlRunner,
  kind: EndingKind,
  job: Job,
  outcome: 'DONE' | 'FAILED',
  detail: Prisma.InputJsonObject,
): Promise<void> {
  await recordAudit(db, {
    actor: requesterOf(job),
    action: kind.audit,
    target: targetOf(kind, job) ?? undefined,
    outcome,
    detail: { jobId: job.id, ...detail },
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

/** What a job that did not succeed ended with. */
export function jobError({ status, error }: Pick<Job, 'status' | 'error'>): FiberkeepError {
  if (status === 'CANCELLED') return new FiberkeepError('CANCELLED');
  const failure = storedFailure(error);
  return failure ? errorOf(failure) : new FiberkeepError('INTERNAL');
}
