import { type Failure, FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { type Job, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { type JobKind, jobKinds } from './inputs.ts';

/** How long a claim holds without being renewed: the longest that work stands still when a worker dies. */
export const LEASE_MS = 10_000;
/** A job whose worker is lost this many times is not tried again. */
export const MAX_ATTEMPTS = 3;

/** One holding of a job. A later claim has a higher token, and then this one can change nothing. */
export interface Claim {
  readonly id: string;
  readonly fencingToken: bigint;
}

export interface Progress {
  readonly phase: string;
  readonly done: bigint;
  readonly total: bigint;
  readonly unit: string;
}

const lease = `${LEASE_MS} milliseconds`;
/** Nobody is given a lease of this length: the clock was set back since, and waiting for it could take years. */
const NO_LEASE = '2 minutes';
const leaseIsOver = Prisma.sql`(lease_until <= clock_timestamp()
  OR lease_until > clock_timestamp() + ${NO_LEASE}::interval)`;

/**
 * Claims the oldest job of these kinds that is due, or whose worker let its lease run out; null where
 * there is none. A claimed job is leased for LEASE_MS, its token and attempts are one higher.
 */
export async function claimJob(
  db: VaultTransaction,
  kinds: readonly JobKind[],
  workerId: string,
): Promise<Job | null> {
  const claimed = await db.$queryRaw<{ id: string; fencing_token: bigint }[]>`
    UPDATE vault.job
       SET status = 'RUNNING', worker_id = ${workerId}, lease_until = clock_timestamp() + ${lease}::interval,
           fencing_token = fencing_token + 1, attempts = attempts + 1,
           started_at = coalesce(started_at, clock_timestamp()),
           phase = '', progress_done = 0, progress_total = 0
     WHERE id = (
       SELECT id FROM vault.job
        WHERE kind = ANY (${kinds})
          AND (status = 'QUEUED' AND not_before <= clock_timestamp()
               OR status = 'RUNNING' AND ${leaseIsOver}
                  AND attempts < ${MAX_ATTEMPTS} AND cancel_requested_at IS NULL)
        ORDER BY created_at, id
        LIMIT 1
          FOR UPDATE SKIP LOCKED)
    RETURNING id, fencing_token`;
  const claim = claimed[0];
  if (!claim) return null;
  await publish(db, { kind: 'JOBS_CHANGED', id: claim.id });
  return db.job.findFirst({ where: { id: claim.id, fencingToken: claim.fencing_token } });
}

/**
 * Renews the lease and, when given, writes the progress. `LOST`: the lease ran out or another worker has
 * the job; nothing may be done for it any more.
 */
export async function renewLease(
  db: VaultTransaction,
  claim: Claim,
  progress: Progress | null,
): Promise<'HELD' | 'CANCEL_REQUESTED' | 'LOST'> {
  const renewed = await db.$queryRaw<{ cancel: boolean }[]>`
    UPDATE vault.job
       SET lease_until = clock_timestamp() + ${lease}::interval,
           phase = coalesce(${progress?.phase ?? null}, phase),
           progress_done = coalesce(${progress?.done ?? null}::bigint, progress_done),
           progress_total = coalesce(${progress?.total ?? null}::bigint, progress_total),
           progress_unit = coalesce(${progress?.unit ?? null}, progress_unit)
     WHERE id = ${claim.id}::uuid AND fencing_token = ${claim.fencingToken}
       AND status = 'RUNNING' AND lease_until > clock_timestamp()
    RETURNING cancel_requested_at IS NOT NULL AS cancel`;
  const row = renewed[0];
  if (!row) return 'LOST';
  if (progress) await publish(db, { kind: 'JOB_PROGRESS', id: claim.id });
  return row.cancel ? 'CANCEL_REQUESTED' : 'HELD';
}

/**
 * Marks the job SUCCEEDED. First in its transaction: the row's lock then keeps every other worker away
 * until the commit, also past the lease. Throws LEASE_LOST where the claim does not hold any more and
 * CANCELLED where someone asked for the job's end before.
 */
export async function succeedJob(
  tx: VaultTransaction,
  claim: Claim,
  result: Record<string, string>,
): Promise<void> {
  // A worker that is stopped in here would keep the row locked: the server ends its transaction.
  await tx.$executeRaw`SELECT set_config('idle_in_transaction_session_timeout', ${`${LEASE_MS}ms`}, true)`;
  const marked = await tx.$queryRaw<{ cancel: boolean }[]>`
    UPDATE vault.job
       SET status = 'SUCCEEDED', ended_at = clock_timestamp(), result = ${JSON.stringify(result)}::jsonb,
           progress_done = progress_total, lease_until = NULL, worker_id = NULL
     WHERE id = ${claim.id}::uuid AND fencing_token = ${claim.fencingToken}
       AND status = 'RUNNING' AND lease_until > clock_timestamp()
    RETURNING cancel_requested_at IS NOT NULL AS cancel`;
  if (!marked[0]) throw leaseLost(claim);
  if (marked[0].cancel) throw new FiberkeepError('CANCELLED');
  await releaseHolds(tx, claim.id);
  await publish(tx, { kind: 'JOBS_CHANGED', id: claim.id });
}

/** Marks the job FAILED or CANCELLED; throws LEASE_LOST, changing nothing, where the claim does not hold. */
export async function failJob(
  tx: VaultTransaction,
  claim: Claim,
  status: 'FAILED' | 'CANCELLED',
  failure: Failure | null,
): Promise<void> {
  const ended = await tx.job.updateMany({
    where: { id: claim.id, fencingToken: claim.fencingToken, status: 'RUNNING' },
    data: { ...endOf(status, failure), leaseUntil: null, workerId: null },
  });
  if (ended.count === 0) throw leaseLost(claim);
  await releaseHolds(tx, claim.id);
  await publish(tx, { kind: 'JOBS_CHANGED', id: claim.id });
}

/** Cancels a job that nobody has claimed; false where someone has, or it ended. */
export async function cancelQueuedJob(tx: VaultTransaction, id: string): Promise<boolean> {
  const ended = await tx.job.updateMany({
    where: { id, status: 'QUEUED' },
    data: { ...endOf('CANCELLED', null), cancelRequestedAt: new Date() },
  });
  if (ended.count > 0) await publish(tx, { kind: 'JOBS_CHANGED', id });
  return ended.count > 0;
}

function endOf(status: 'FAILED' | 'CANCELLED', failure: Failure | null): Prisma.JobUpdateInput {
  return {
    status,
    endedAt: new Date(),
    error: failureColumn(failure),
  };
}

/**
 * Puts a job back so that any worker may take it after `delayMs`. `forgiven`: the attempt does not count
 * (an orderly shutdown). False where the claim does not hold any more.
 */
export async function requeueJob(
  tx: VaultTransaction,
  claim: Claim,
  { delayMs, forgiven }: { delayMs: number; forgiven: boolean },
): Promise<boolean> {
  const put = await tx.job.updateMany({
    where: { id: claim.id, fencingToken: claim.fencingToken, status: 'RUNNING' },
    data: {
      status: 'QUEUED',
      workerId: null,
      leaseUntil: null,
      notBefore: new Date(Date.now() + delayMs),
      attempts: forgiven ? { decrement: 1 } : undefined,
    },
  });
  if (put.count === 0) return false;
  await releasePlantHold(tx, claim.id);
  await publish(tx, { kind: 'JOBS_CHANGED', id: claim.id });
  return true;
}

/**
 * One job whose worker let the lease run out and that nobody shall try again: tried often enough, or
 * someone asked for its end. Locked for the transaction; null where there is none.
 */
export async function lockAbandonedJob(tx: VaultTransaction): Promise<Job | null> {
  const found = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.job
     WHERE kind = ANY (${jobKinds}) AND status = 'RUNNING' AND ${leaseIsOver}
       AND (attempts >= ${MAX_ATTEMPTS} OR cancel_requested_at IS NOT NULL)
     LIMIT 1
       FOR UPDATE SKIP LOCKED`;
  return found[0] ? tx.job.findUnique({ where: { id: found[0].id } }) : null;
}

/** What a job that has ended must not keep: its pins on chunks and its hold on the plant. */
async function releaseHolds(tx: VaultTransaction, jobId: string): Promise<void> {
  await tx.chunkPin.deleteMany({ where: { jobId } });
  await releasePlantHold(tx, jobId);
}

async function releasePlantHold(tx: VaultTransaction, jobId: string): Promise<void> {
  await tx.plantState.updateMany({
    where: { holderJobId: jobId },
    data: { holderJobId: null, heldUntil: null },
  });
}

function leaseLost(claim: Claim): FiberkeepError {
  return new FiberkeepError('LEASE_LOST', { reason: 'jobTakenOver', params: { job: claim.id } });
}
