import { v7 as uuidv7 } from 'uuid';
import type { Author } from '#engine/ports.ts';
import type { Failure } from '#errors';
import { publish } from '#events/channel.ts';
import { type Backup, type Job, type Night, Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { latestDate } from '../backups/newest-rows.ts';
import { INTRADAY, NIGHTLY, nightsAhead } from './ledger-rows.ts';
import { dateText, type Moment, type NightTime } from './night-times.ts';

/** Enters a night that begins now; null if its date is in the ledger already, because another worker runs it. */
export async function enterNight(
  tx: VaultTransaction,
  moment: Moment,
  when: NightTime,
  { late, now }: { readonly late: boolean; readonly now: Date },
): Promise<Night | null> {
  const row = { ...rowOf(moment, when), status: 'RUNNING', late, startedAt: now };
  const [entered] = await tx.night.createManyAndReturn({ data: [row], skipDuplicates: true });
  return entered ?? null;
}

/** Enters nights that passed as missed; returns those that were not in the ledger, in order. */
export async function enterMissedNights(
  tx: VaultTransaction,
  moments: readonly Moment[],
  when: NightTime,
  now: Date,
): Promise<Night[]> {
  if (moments.length === 0) return [];
  await publish(tx, { kind: 'NIGHTS_CHANGED', id: null });
  return tx.night.createManyAndReturn({
    data: moments.map((moment) => ({ ...rowOf(moment, when), status: 'MISSED', endedAt: now })),
    skipDuplicates: true,
  });
}

function rowOf({ localDate, at }: Moment, { time, timeZone }: NightTime) {
  return {
    id: uuidv7(),
    policy: NIGHTLY,
    localDate: new Date(localDate),
    scheduledFor: at,
    time,
    timeZone,
  };
}

/** Marks the night as running in this job: its first or a later attempt. */
export async function startAttempt(
  tx: VaultTransaction,
  id: string,
  jobId: string,
): Promise<Night> {
  await publish(tx, { kind: 'NIGHTS_CHANGED', id });
  return tx.night.update({
    where: { id },
    data: {
      status: 'RUNNING',
      jobId,
      nextAttemptAt: null,
      attempts: { increment: 1 },
    },
  });
}

/** Nights, or rows of another policy, due for another attempt at `now`. */
export function nightsToTryAgain(
  tx: VaultTransaction,
  now: Date,
  policy = NIGHTLY,
): Promise<Night[]> {
  const tooFar = new Date(now.getTime() + 60 * 60 * 1000);
  return tx.night.findMany({
    where: {
      policy,
      status: 'WAITING',
      OR: [{ nextAttemptAt: { lte: now } }, { nextAttemptAt: { gt: tooFar } }],
    },
    orderBy: { localDate: 'asc' },
  });
}

/**
 * Running nights whose job failed, was cancelled or is gone; locked, each with its job. One statement finds
 * them: a job that succeeds at this moment ends its night in its own commit.
 */
export async function lockStoppedNights(
  tx: VaultTransaction,
  policy = NIGHTLY,
): Promise<{ readonly night: Night; readonly job: Job | null }[]> {
  const found = await tx.$queryRaw<{ id: string; job_id: string | null }[]>`
    SELECT n.id, j.id AS job_id FROM vault.night n LEFT JOIN vault.job j ON j.id = n.job_id
     WHERE n.policy = ${policy} AND n.status = 'RUNNING'
       AND (j.id IS NULL OR j.status IN ('FAILED', 'CANCELLED'))
     ORDER BY n.local_date, n.slot
       FOR UPDATE OF n`;
  const stopped: { night: Night; job: Job | null }[] = [];
  for (const { id, job_id } of found) {
    const night = await tx.night.findUniqueOrThrow({ where: { id } });
    const job = job_id === null ? null : await tx.job.findUnique({ where: { id: job_id } });
    stopped.push({ night, job });
  }
  return stopped;
}

/** Locks the nights from a local date on; returns them in order. */
export async function lockNightsSince(tx: VaultTransaction, localDate: string): Promise<Night[]> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.night WHERE policy = ${NIGHTLY} AND local_date >= ${localDate}::date
     ORDER BY local_date FOR UPDATE`;
  return tx.night.findMany({
    where: { id: { in: locked.map(({ id }) => id) } },
    orderBy: { localDate: 'asc' },
  });
}

/** Records a failed attempt: the night waits until `nextAttemptAt`, or has failed if that is null. */
export async function failAttempt(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
  nextAttemptAt: Date | null,
  now: Date,
): Promise<Night> {
  await publish(tx, { kind: 'NIGHTS_CHANGED', id });
  const error = failureColumn(failure);
  return tx.night.update({
    where: { id },
    data: nextAttemptAt
      ? { status: 'WAITING', nextAttemptAt, error }
      : { status: 'FAILED', nextAttemptAt: null, endedAt: now, error },
  });
}

/**
 * Marks the night of a job as successful; null if the job belongs to no night. `wasOver`: the night had failed or
 * been missed before.
 */
export async function succeedNight(
  tx: VaultTransaction,
  jobId: string,
  backupId: string,
  now: Date,
): Promise<{ readonly night: Night; readonly wasOver: boolean } | null> {
  const running = await tx.night.findUnique({ where: { jobId } });
  if (!running) return null;
  await publish(tx, { kind: 'NIGHTS_CHANGED', id: running.id });
  const night = await tx.night.update({
    where: { id: running.id },
    data: { status: 'SUCCEEDED', backupId, endedAt: now },
  });
  return { night, wasOver: running.endedAt !== null };
}

/** Notes in the ledger who removes a night's backup, and when it was tested. */
export async function noteRemoval(
  tx: VaultTransaction,
  backup: { readonly id: string; readonly testedAt: Date | null },
  by: Author,
  now: Date,
): Promise<void> {
  await tx.night.updateMany({
    where: { backupId: backup.id },
    data: {
      removedAt: now,
      ...authorColumns('removedBy', by),
      testedAt: backup.testedAt,
    },
  });
}

/** The night of a local date, with any status. */
export function nightOfDate(db: VaultTransaction, localDate: string): Promise<Night | null> {
  return db.night.findUnique({
    where: {
      policy_localDate_slot: { policy: NIGHTLY, localDate: new Date(localDate), slot: 0 },
    },
  });
}

/** The newest night before this one that ended. */
export function nightBefore(tx: VaultTransaction, night: Night): Promise<Night | null> {
  return tx.night.findFirst({
    where: {
      policy: night.policy,
      localDate: { lt: night.localDate },
      status: { in: ['SUCCEEDED', 'FAILED', 'MISSED'] },
    },
    orderBy: { localDate: 'desc' },
  });
}

/** Local dates since two days ago that are in the ledger, in any time zone. */
export async function takenDates(db: VaultTransaction, now: Date): Promise<Set<string>> {
  const since = new Date(now.getTime() - 2 * 24 * 60 * 60 * 1000);
  const nights = await db.night.findMany({
    where: { policy: NIGHTLY, localDate: { gte: new Date(dateText(since)) } },
    select: { localDate: true },
  });
  return new Set(nights.map(({ localDate }) => dateText(localDate)));
}

/** The newest night that was started. */
export function lastNight(db: VaultTransaction, now: Date): Promise<Night | null> {
  return newestNight(db, now, Prisma.sql`n.status <> 'MISSED'`);
}

/** The newest night whose backup still exists. */
export function newestNightBackup(db: VaultTransaction, now: Date): Promise<Night | null> {
  return newestNight(
    db,
    now,
    Prisma.sql`b.status = 'READY' AND b.created_at <= ${latestDate(now)}`,
  );
}

/**
 * The newest night, of those that a wrong clock did not make, for which a condition on the night `n` and its backup
 * `b` holds; null without one.
 */
export async function newestNight(
  db: VaultTransaction,
  now: Date,
  condition = Prisma.sql`true`,
): Promise<Night | null> {
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT n.id FROM vault.night n LEFT JOIN vault.backup b ON b.id = n.backup_id
     WHERE n.policy = ${NIGHTLY} AND n.id NOT IN (${nightsAhead(now)}) AND ${condition}
     ORDER BY n.local_date DESC LIMIT 1`;
  return found[0] ? db.night.findUnique({ where: { id: found[0].id } }) : null;
}

/** The nights and slots of a moment; several only if a change of time or time zone repeated it. */
export function nightsAt(db: VaultTransaction, at: Date): Promise<Night[]> {
  return db.night.findMany({
    where: { policy: { in: [NIGHTLY, INTRADAY] }, scheduledFor: at },
    orderBy: [{ slot: 'asc' }, { localDate: 'desc' }],
  });
}

/** Moments of the nights nearest to `at` whose backup exists: two before and two after, in order. */
export async function nearestMoments(db: VaultTransaction, at: Date): Promise<Date[]> {
  const found = await db.$queryRaw<{ at: Date }[]>`
    SELECT * FROM (
      (SELECT n.scheduled_for AS at FROM vault.night n JOIN vault.backup b ON b.id = n.backup_id
        WHERE b.status = 'READY' AND n.scheduled_for <= ${at} ORDER BY 1 DESC LIMIT 2)
      UNION
      (SELECT n.scheduled_for FROM vault.night n JOIN vault.backup b ON b.id = n.backup_id
        WHERE b.status = 'READY' AND n.scheduled_for > ${at} ORDER BY 1 LIMIT 2)) AS near
     ORDER BY at`;
  return found.map((row) => row.at);
}

/** Whether a night of this date or a later one, other than `except`, has its backup. */
export async function hasNightSince(
  db: VaultTransaction,
  localDate: string,
  now: Date,
  except: string | null = null,
): Promise<boolean> {
  const found = await newestNight(
    db,
    now,
    Prisma.sql`n.status = 'SUCCEEDED' AND n.local_date >= ${localDate}::date
      AND n.id IS DISTINCT FROM ${except}::uuid`,
  );
  return found !== null;
}

/** One page of the nights of these dates before `before`, newest first, and how many these dates have. */
export async function findNights(
  db: VaultTransaction,
  dates: { readonly from: Date | undefined; readonly to: Date | undefined },
  before: Date | undefined,
  most: number,
): Promise<{ readonly nights: Night[]; readonly totalCount: number }> {
  const found = { policy: NIGHTLY, localDate: { gte: dates.from, lte: dates.to } };
  const [nights, totalCount] = await Promise.all([
    db.night.findMany({
      where: { AND: [found, { localDate: { lt: before } }] },
      orderBy: { localDate: 'desc' },
      take: most,
    }),
    db.night.count({ where: found }),
  ]);
  return { nights, totalCount };
}

/** One night of the ledger; throws if there is none. */
export function nightById(db: VaultTransaction, id: string): Promise<Night> {
  return db.night.findUniqueOrThrow({ where: { id } });
}

/** The backup of a night, if it still exists. */
export async function backupOfNight(
  db: VaultTransaction,
  { backupId }: Night,
): Promise<Backup | null> {
  if (backupId === null) return null;
  return db.backup.findFirst({ where: { id: backupId, status: 'READY' } });
}

/** The backup of a night that the ledger lacks because the catalogue was rebuilt from the manifests. */
export function backupScheduledFor(db: VaultTransaction, at: Date): Promise<Backup | null> {
  return db.backup.findFirst({
    where: { scheduledFor: at, kind: { in: ['AUTOMATIC', 'INTRADAY'] }, status: 'READY' },
    orderBy: { createdAt: 'desc' },
  });
}

/** Whether the job of the night's attempt is running now. */
export async function isAttemptRunning(db: VaultTransaction, { jobId }: Night): Promise<boolean> {
  if (jobId === null) return false;
  const job = await db.job.findUnique({ where: { id: jobId } });
  return job?.status === 'RUNNING';
}

/** The newest night up to a date, with any status. */
export function newestNightUntil(db: VaultTransaction, localDate: string): Promise<Night | null> {
  return db.night.findFirst({
    where: { policy: NIGHTLY, localDate: { lte: new Date(localDate) } },
    orderBy: { localDate: 'desc' },
  });
}
