import { v7 as uuidv7 } from 'uuid';
import { type Failure, FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { type Job, Prisma } from '#generated/vault/client.ts';
import type { Actor } from '#vault/actor.ts';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';

/** How long a claim holds without renewal: a dead worker's job waits no longer than this. */
export const LEASE_MS = 10_000;
/** A job is not tried again once it has lost its worker this many times. */
export const MAX_ATTEMPTS = 3;

/** One claim of a job. A later claim has a higher token, and from then on this one can change nothing. */
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
/** No lease is this long: one that seems so was given before the clock was set back. */
const NO_LEASE = '2 minutes';
const leaseIsOver = Prisma.sql`(lease_until <= clock_timestamp()
  OR lease_until > clock_timestamp() + ${NO_LEASE}::interval)`;

/** Enters a job into the queue. Answers its id. */
export async function insertJob(
  db: SqlRunner,
  {
    kind,
    lane,
    input,
    requestedBy: by,
  }: { kind: string; lane: string | null; input: unknown; requestedBy: Actor },
): Promise<string> {
  const id = uuidv7();
  await db.$executeRaw`
    INSERT INTO vault.job
      (id, kind, lane, input, requested_by_kind, requested_by_id, requested_by_name, requested_from,
       api_key_id, api_key_name, created_at)
    VALUES (${id}::uuid, ${kind}, ${lane}, ${JSON.stringify(input)}::jsonb, ${by.kind}, ${by.id}::uuid, ${by.name},
      ${by.address}, ${by.apiKey?.id ?? null}::uuid, ${by.apiKey?.name ?? null}, clock_timestamp())`;
  return id;
}

/** How many jobs of these kinds have one of these states. */
export async function countJobs(
  db: SqlRunner,
  kinds: readonly string[],
  statuses: readonly ('QUEUED' | 'RUNNING')[],
): Promise<number> {
  const [counted] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM vault.job WHERE kind = ANY (${kinds}) AND status = ANY (${statuses})`;
  return Number(counted?.count ?? 0);
}

/** Whether a worker runs the job and its lease lasts. */
export async function isJobHeld(db: SqlRunner, id: string): Promise<boolean> {
  const held = await db.$queryRaw<unknown[]>`
    SELECT FROM vault.job WHERE id = ${id}::uuid AND status = 'RUNNING' AND lease_until > clock_timestamp()`;
  return held.length > 0;
}

/** Locks the job's row until the transaction ends; null where there is none. */
export async function lockJob(db: SqlRunner, id: string): Promise<Job | null> {
  const found = await db.$queryRaw<Job[]>`
    SELECT id, kind, lane, status, phase, progress_done AS "progressDone", progress_total AS "progressTotal",
           progress_unit AS "progressUnit", error, input, result,
           requested_by_kind AS "requestedByKind", requested_by_id AS "requestedById",
           requested_by_name AS "requestedByName", requested_from AS "requestedFrom",
           api_key_id AS "apiKeyId", api_key_name AS "apiKeyName", created_at AS "createdAt",
           not_before AS "notBefore", started_at AS "startedAt", ended_at AS "endedAt",
           cancel_requested_at AS "cancelRequestedAt", worker_id AS "workerId",
           lease_until AS "leaseUntil", fencing_token AS "fencingToken", attempts
      FROM vault.job WHERE id = ${id}::uuid FOR UPDATE`;
  return found[0] ?? null;
}

/**
 * Claims the oldest job of these kinds that is due, or whose worker let its lease run out; null where
 * there is none. Of the jobs of one lane one runs at a time: the others stay queued. The claim leases the job for
 * LEASE_MS and raises its token and attempts by one.
 */
export async function claimJob(
  db: VaultTransaction,
  kinds: readonly string[],
  workerId: string,
): Promise<Job | null> {
  for (;;) {
    try {
      return await claimOldest(db, kinds, workerId);
    } catch (thrown) {
      // Two workers claimed two jobs of one lane at once: one of them looks again.
      if (!isLaneTaken(thrown)) throw thrown;
    }
  }
}

async function claimOldest(
  db: VaultTransaction,
  kinds: readonly string[],
  workerId: string,
): Promise<Job | null> {
  const claimed = await db.$queryRaw<{ id: string; fencing_token: bigint }[]>`
    UPDATE vault.job
       SET status = 'RUNNING', worker_id = ${workerId}, lease_until = clock_timestamp() + ${lease}::interval,
           fencing_token = fencing_token + 1, attempts = attempts + 1,
           started_at = coalesce(started_at, clock_timestamp()),
           phase = '', progress_done = 0, progress_total = 0
     WHERE id = (
       SELECT id FROM vault.job j
        WHERE kind = ANY (${kinds})
          AND NOT EXISTS (SELECT FROM vault.job o
                           WHERE o.lane = j.lane AND o.status = 'RUNNING' AND o.id <> j.id)
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

/** PostgreSQL's unique_violation, of the index `job_lane_running`. */
function isLaneTaken(thrown: unknown): boolean {
  const { code, meta } = (thrown ?? {}) as { code?: unknown; meta?: unknown };
  return code === 'P2010' && JSON.stringify(meta ?? {}).includes('23505');
}

/** Whether a job of the lane runs. */
export async function isLaneBusy(db: SqlRunner, lane: string): Promise<boolean> {
  const running = await db.$queryRaw<unknown[]>`
    SELECT FROM vault.job WHERE lane = ${lane} AND status = 'RUNNING' AND lease_until > clock_timestamp()`;
  return running.length > 0;
}

/** A queued job becomes one that `by` asked for, and is due at once; false where it is not queued. */
export async function adoptQueuedJob(db: SqlRunner, id: string, by: Actor): Promise<boolean> {
  const adopted = await db.$executeRaw`
    UPDATE vault.job
       SET requested_by_kind = ${by.kind}, requested_by_id = ${by.id}::uuid, requested_by_name = ${by.name},
           requested_from = ${by.address}, api_key_id = ${by.apiKey?.id ?? null}::uuid,
           api_key_name = ${by.apiKey?.name ?? null}, not_before = clock_timestamp()
     WHERE id = ${id}::uuid AND status = 'QUEUED'`;
  if (adopted > 0) await publish(db, { kind: 'JOBS_CHANGED', id });
  return adopted > 0;
}

/**
 * Renews the lease and, when given, writes the progress. `LOST`: the lease ran out or another worker has
 * the job; its worker must stop.
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
 * Marks the job SUCCEEDED. Comes first in its transaction: the row's lock then keeps every other worker
 * away until the commit, also past the lease. Throws LEASE_LOST where the claim no longer holds, and
 * CANCELLED where the job's end was asked for before.
 */
export async function succeedJob(
  tx: VaultTransaction,
  claim: Claim,
  result: Record<string, string>,
): Promise<void> {
  // A worker paused in here would keep the row locked, so PostgreSQL ends its transaction.
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
    data: {
      status,
      endedAt: new Date(),
      error: failureColumn(failure),
      leaseUntil: null,
      workerId: null,
    },
  });
  if (ended.count === 0) throw leaseLost(claim);
  await releaseHolds(tx, claim.id);
  await publish(tx, { kind: 'JOBS_CHANGED', id: claim.id });
}

/** Cancels a job that no worker holds; false where one does, or it has ended. */
export async function cancelUnheld(db: SqlRunner, id: string): Promise<boolean> {
  const cancelled = await db.$executeRaw`
    UPDATE vault.job
       SET status = 'CANCELLED', cancel_requested_at = clock_timestamp(), ended_at = clock_timestamp(),
           lease_until = NULL, worker_id = NULL
     WHERE id = ${id}::uuid
       AND (status = 'QUEUED' OR status = 'RUNNING' AND lease_until <= clock_timestamp())`;
  if (cancelled === 0) return false;
  await releaseHolds(db, id);
  await publish(db, { kind: 'JOBS_CHANGED', id });
  return true;
}

/** Asks a running job to end; false where it does not run. */
export async function requestJobCancel(db: SqlRunner, id: string): Promise<boolean> {
  const asked = await db.$executeRaw`
    UPDATE vault.job SET cancel_requested_at = clock_timestamp()
     WHERE id = ${id}::uuid AND status = 'RUNNING'`;
  if (asked > 0) await publish(db, { kind: 'JOBS_CHANGED', id });
  return asked > 0;
}

/**
 * Puts a job back so that any worker may take it after `delayMs`. `forgiven`: the attempt does not count
 * (an orderly shutdown). False where the claim no longer holds.
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
 * One job of these kinds whose lease ran out and that is not tried again: it had all its attempts, or its
 * end was asked for. Locked for the transaction; null where there is none.
 */
export async function lockAbandonedJob(
  tx: VaultTransaction,
  kinds: readonly string[],
): Promise<Job | null> {
  const found = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.job
     WHERE kind = ANY (${kinds}) AND status = 'RUNNING' AND ${leaseIsOver}
       AND (attempts >= ${MAX_ATTEMPTS} OR cancel_requested_at IS NOT NULL)
     LIMIT 1
       FOR UPDATE SKIP LOCKED`;
  return found[0] ? tx.job.findUnique({ where: { id: found[0].id } }) : null;
}

/** Drops an ended job's pins on chunks and its hold on the plant. */
async function releaseHolds(db: SqlRunner, jobId: string): Promise<void> {
  await db.$executeRaw`DELETE FROM vault.chunk_pin WHERE job_id = ${jobId}::uuid`;
  await releasePlantHold(db, jobId);
}

async function releasePlantHold(db: SqlRunner, jobId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE vault.plant_state SET holder_job_id = NULL, held_until = NULL WHERE holder_job_id = ${jobId}::uuid`;
}

function leaseLost(claim: Claim): FiberkeepError {
  return new FiberkeepError('LEASE_LOST', { reason: 'jobTakenOver', params: { job: claim.id } });
}
