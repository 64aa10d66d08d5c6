import { v7 as uuidv7 } from 'uuid';
import type { Author } from '#engine/ports.ts';
import type { Failure } from '#errors';
import { publish } from '#events/channel.ts';
import { type Job, type Night, Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import type { Moment, NightTime } from './night-times.ts';

/** The one policy there is: a backup every night. */
export const NIGHTLY = 'nightly';
/** Nights of it that lie ahead by the clock of now, so that one of two clocks is wrong. */
const SET_ASIDE = 'set-aside';
/** Nights further back than this are not written down as missed. */
const MOST_DAYS_BACK = 400;
/** A night that is begun before its time never lies further ahead, whatever the zone. */
const MOST_DAYS_AHEAD = 3;
/** No attempt is put off longer; one that seems so was put off by a clock that was set back since. */
const LONGEST_WAIT = '1 hour';
/** However little there is to do, the ledger is settled so often, so that a jump of the clock can be told. */
const LONGEST_UNSETTLED = '1 day';
/** The newest night before an instant is no older than that: a missed one may still be caught up. */
const LONGEST_DAY = '25 hours';

/** What a tick has to look at, in one query. */
export interface LedgerState {
  readonly enabled: boolean;
  readonly time: string | null;
  readonly timeZone: string | null;
  readonly defaultTime: string | null;
  readonly defaultTimeZone: string | null;
  readonly owedFrom: string;
  readonly owedBefore: string | null;
  readonly lookedAt: Date | null;
  readonly lastTime: string;
  readonly lastTimeZone: string;
  /** Local dates from `owedFrom` to tomorrow that have no row, in order */
  readonly open: readonly string[];
  /**
   * Whether a night waits that is to be tried again, or runs whose job has ended, or lies ahead as none should, or
   * the clock went back, or nobody settled the ledger for a day.
   */
  readonly unsettled: boolean;
}

/** The schedule and what the ledger lacks at `now`; null where there is no schedule yet. */
export async function readLedger(db: VaultTransaction, now: Date): Promise<LedgerState | null> {
  const found = await db.$queryRaw<LedgerState[]>`
    SELECT enabled, time, time_zone AS "timeZone", default_time AS "defaultTime",
           default_time_zone AS "defaultTimeZone", owed_from::text AS "owedFrom",
           owed_before::text AS "owedBefore", looked_at AS "lookedAt", last_time AS "lastTime", last_time_zone AS "lastTimeZone",
           ARRAY(SELECT day::date::text
                   FROM generate_series(greatest(owed_from, ${dateOf(now)}::date - ${MOST_DAYS_BACK}::int),
                                        ${dateOf(now)}::date + 1, '1 day') AS day
                  WHERE NOT EXISTS (SELECT FROM vault.night n
                                     WHERE n.policy = ${NIGHTLY} AND n.local_date = day::date)
                  ORDER BY day) AS open,
           EXISTS (SELECT FROM vault.night n
                    WHERE n.policy = ${NIGHTLY} AND n.status = 'WAITING'
                      AND (n.next_attempt_at <= ${now}
                           OR n.next_attempt_at > ${now}::timestamptz + ${LONGEST_WAIT}::interval))
           OR EXISTS (SELECT FROM vault.night n LEFT JOIN vault.job j ON j.id = n.job_id
                       WHERE n.policy = ${NIGHTLY} AND n.status = 'RUNNING'
                         AND (j.id IS NULL OR j.status IN ('FAILED', 'CANCELLED')))
           OR EXISTS (SELECT FROM vault.night n WHERE n.policy = ${NIGHTLY} AND ${liesAhead(now)})
           OR coalesce(looked_at NOT BETWEEN ${now}::timestamptz - ${LONGEST_UNSETTLED}::interval AND ${now}, true)
           AS unsettled
      FROM vault.schedule WHERE id = 1`;
  return found[0] ?? null;
}

/** The date in UTC, YYYY-MM-DD. */
function dateOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** Enters a night that begins now; null where its date is in the ledger already: then it is somebody else's. */
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

/** Writes nights down that went by; answers those that were not in the ledger, in their order. */
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
    ...{ id: uuidv7(), policy: NIGHTLY, localDate: new Date(localDate) },
    ...{ scheduledFor: at, time, timeZone },
  };
}

/** The night runs by this job: its first attempt or another one. */
export async function startAttempt(
  tx: VaultTransaction,
  id: string,
  jobId: string,
): Promise<Night> {
  await publish(tx, { kind: 'NIGHTS_CHANGED', id });
  return tx.night.update({
    where: { id },
    data: {
      ...{ status: 'RUNNING', jobId, nextAttemptAt: null },
      attempts: { increment: 1 },
    },
  });
}

/** Nights that are to be tried again at `now`. */
export function nightsToTryAgain(tx: VaultTransaction, now: Date): Promise<Night[]> {
  const tooFar = new Date(now.getTime() + 60 * 60 * 1000);
  return tx.night.findMany({
    where: {
      ...{ policy: NIGHTLY, status: 'WAITING' },
      OR: [{ nextAttemptAt: { lte: now } }, { nextAttemptAt: { gt: tooFar } }],
    },
    orderBy: { localDate: 'asc' },
  });
}

/**
 * Nights that run by a job that has ended without success, or is not there, locked, each with its job. One
 * statement: a job that succeeds at this moment has its night ended by its own commit.
 */
export async function lockStoppedNights(
  tx: VaultTransaction,
): Promise<{ readonly night: Night; readonly job: Job | null }[]> {
  const found = await tx.$queryRaw<{ id: string; job_id: string | null }[]>`
    SELECT n.id, j.id AS job_id FROM vault.night n LEFT JOIN vault.job j ON j.id = n.job_id
     WHERE n.policy = ${NIGHTLY} AND n.status = 'RUNNING'
       AND (j.id IS NULL OR j.status IN ('FAILED', 'CANCELLED'))
     ORDER BY n.local_date
       FOR UPDATE OF n`;
  const stopped: { night: Night; job: Job | null }[] = [];
  for (const { id, job_id } of found) {
    const night = await tx.night.findUniqueOrThrow({ where: { id } });
    const job = job_id === null ? null : await tx.job.findUnique({ where: { id: job_id } });
    stopped.push({ night, job });
  }
  return stopped;
}

/**
 * Nights that nobody can have written down by a right clock if that of now is right: they are missed and yet to
 * come, or lie further ahead than any that one could begin before its time.
 */
function liesAhead(now: Date): Prisma.Sql {
  return Prisma.sql`(status = 'MISSED' AND scheduled_for > ${now}
    OR status <> 'RUNNING' AND local_date > ${dateOf(now)}::date + ${MOST_DAYS_AHEAD}::int)`;
}

/**
 * Sets aside the nights that lie ahead, so that their dates come when their time does, and settles what becomes of
 * those that lie ahead no more: where the clock came to them step by step, one was wrong that had been ahead, and
 * they are forgotten. Where it jumped over them, the one before the jump was wrong, and they are back.
 */
export async function settleNightsAhead(
  tx: VaultTransaction,
  { now, hasJumped }: { readonly now: Date; readonly hasJumped: boolean },
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM vault.night a USING vault.night n
     WHERE a.policy = ${SET_ASIDE} AND n.policy = ${NIGHTLY} AND a.local_date = n.local_date
       AND n.id IN (SELECT id FROM vault.night WHERE ${liesAhead(now)})`;
  await tx.$executeRaw`
    UPDATE vault.night SET policy = ${SET_ASIDE} WHERE policy = ${NIGHTLY} AND ${liesAhead(now)}`;
  if (hasJumped) await takeBack(tx, now);
  await tx.$executeRaw`
    DELETE FROM vault.night WHERE policy = ${SET_ASIDE} AND scheduled_for <= ${now}`;
}

/** But for one that would be caught up now: whether it was missed shows by trying. */
async function takeBack(tx: VaultTransaction, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE vault.night a SET policy = ${NIGHTLY}
     WHERE policy = ${SET_ASIDE} AND NOT ${liesAhead(now)}
       AND (status <> 'MISSED' OR scheduled_for < ${now}::timestamptz - ${LONGEST_DAY}::interval)
       AND NOT EXISTS (SELECT FROM vault.night n
                        WHERE n.policy = ${NIGHTLY} AND n.local_date = a.local_date)`;
}

/** The nights of a local date and later ones, in order, as they are once nobody else changes them: locked. */
export async function lockNightsSince(tx: VaultTransaction, localDate: string): Promise<Night[]> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.night WHERE policy = ${NIGHTLY} AND local_date >= ${localDate}::date
     ORDER BY local_date FOR UPDATE`;
  return tx.night.findMany({
    where: { id: { in: locked.map(({ id }) => id) } },
    orderBy: { localDate: 'asc' },
  });
}

/** An attempt failed: the night waits until `nextAttemptAt`, or has failed where that is null. */
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
 * The night that the job makes the backup of has it; null where the job is of no night. `wasOver`: it had been
 * given up, or missed, before.
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

/** Keeps in the ledger what its row in the catalogue says of a backup that is being removed, and who removes it. */
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

/** The night of a local date, whatever came of it. */
export function nightOfDate(db: VaultTransaction, localDate: string): Promise<Night | null> {
  return db.night.findUnique({
    where: { policy_localDate: { policy: NIGHTLY, localDate: new Date(localDate) } },
  });
}

/** The newest night that ended before this one, for whether this one ends a row of failures. */
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

/** Local dates from two days ago on that have their row, by whichever zone. */
export async function takenDates(db: VaultTransaction, now: Date): Promise<Set<string>> {
  const since = new Date(now.getTime() - 2 * 24 * 60 * 60 * 1000);
  const nights = await db.night.findMany({
    where: { policy: NIGHTLY, localDate: { gte: new Date(dateOf(since)) } },
    select: { localDate: true },
  });
  return new Set(nights.map(({ localDate }) => dateOf(localDate)));
}

/** The newest night that was begun. */
export function lastNight(db: VaultTransaction): Promise<Night | null> {
  return db.night.findFirst({
    where: { policy: NIGHTLY, status: { not: 'MISSED' } },
    orderBy: { localDate: 'desc' },
  });
}

/** The nights of a moment: more than one only where a change of zone repeated it. */
export function nightsAt(db: VaultTransaction, at: Date): Promise<Night[]> {
  return db.night.findMany({
    where: { policy: NIGHTLY, scheduledFor: at },
    orderBy: { localDate: 'desc' },
  });
}

/** The newest night whose backup is there. */
export async function newestNightBackup(db: VaultTransaction): Promise<Night | null> {
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT n.id FROM vault.night n JOIN vault.backup b ON b.id = n.backup_id
     WHERE n.policy = ${NIGHTLY} AND b.status = 'READY'
     ORDER BY n.local_date DESC LIMIT 1`;
  return found[0] ? db.night.findUnique({ where: { id: found[0].id } }) : null;
}

/** Moments of nights whose backup is there: the two before `at` and the two after, in order. */
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

/** The newest night up to a date, whatever came of it. */
export function newestNightUntil(db: VaultTransaction, localDate: string): Promise<Night | null> {
  return db.night.findFirst({
    where: { policy: NIGHTLY, localDate: { lte: new Date(localDate) } },
    orderBy: { localDate: 'desc' },
  });
}
