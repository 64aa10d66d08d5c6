import { Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { dateText } from './night-times.ts';

/** The policy of the ledger: a backup every night. */
export const NIGHTLY = 'nightly';
/** The policy of the ledger for backups between the nights. */
export const INTRADAY = 'intraday';
/** Nights that lie ahead by the current clock: that clock or an earlier one is wrong. */
const SET_ASIDE = 'set-aside';
/** The same, of the next days, begun by a clock that was days ahead at most. */
const SET_ASIDE_NEAR = 'set-aside-near';
/** Nights further back are not entered as missed. */
const MOST_DAYS_BACK = 400;
/** A night that is started early never lies further ahead, in any time zone. */
const MOST_DAYS_AHEAD = 3;
/** No attempt waits longer. One that seems to was scheduled by a clock that has been set back since. */
const LONGEST_WAIT = '1 hour';
/** The ledger is settled at least this often, so that a jump of the clock can be detected. */
const LONGEST_UNSETTLED = '1 day';
/** A night that was begun this much later than now is not the one that comes next. */
const BEGUN_AHEAD = '12 hours';
/** While nights of the next days are set aside, a shorter jump of the clock must be detected. */
const LONGEST_UNSETTLED_NEAR = '1 hour';
const NEAR_JUMP_MS = 2 * 60 * 60 * 1000;
/** The newest night before an instant is at most this old; if missed, it may still be caught up. */
const LONGEST_DAY = '25 hours';

/** What a tick looks at, from one query. */
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
   * Whether a waiting night is due, a running one's job has ended, or a night lies ahead. Also true where the clock
   * went back, or the ledger was not settled for a day.
   */
  readonly unsettled: boolean;
}

/** The schedule and the dates that the ledger lacks at `now`; null before there is a schedule. */
export async function readLedger(db: VaultTransaction, now: Date): Promise<LedgerState | null> {
  const found = await db.$queryRaw<LedgerState[]>`
    SELECT enabled, time, time_zone AS "timeZone", default_time AS "defaultTime",
           default_time_zone AS "defaultTimeZone", owed_from::text AS "owedFrom",
           owed_before::text AS "owedBefore", looked_at AS "lookedAt", last_time AS "lastTime", last_time_zone AS "lastTimeZone",
           ARRAY(SELECT day::date::text
                   FROM generate_series(greatest(owed_from, ${dateText(now)}::date - ${MOST_DAYS_BACK}::int),
                                        ${dateText(now)}::date + 1, '1 day') AS day
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
           OR EXISTS (${nightsAhead(now)})
           OR looked_at < ${now}::timestamptz - ${LONGEST_UNSETTLED_NEAR}::interval
              AND EXISTS (SELECT FROM vault.night n WHERE n.policy = ${SET_ASIDE_NEAR})
           OR coalesce(looked_at NOT BETWEEN ${now}::timestamptz - ${LONGEST_UNSETTLED}::interval AND ${now}, true)
           AS unsettled
      FROM vault.schedule WHERE id = 1`;
  return found[0] ?? null;
}

/**
 * Nights that cannot come from a right clock if the current one is right: missed but in the future, or further
 * ahead than any night that can be started early.
 */
function isFarAhead(now: Date): Prisma.Sql {
  return Prisma.sql`(status = 'MISSED' AND scheduled_for > ${now}
    OR status <> 'RUNNING' AND local_date > ${dateText(now)}::date + ${MOST_DAYS_AHEAD}::int)`;
}

/** As `isFarAhead`, or begun so much later than now that another night comes before. */
function liesAhead(now: Date): Prisma.Sql {
  return Prisma.sql`(${isFarAhead(now)}
    OR status <> 'RUNNING' AND started_at IS NOT NULL
       AND started_at > ${now}::timestamptz + ${BEGUN_AHEAD}::interval)`;
}

/** A query for the ids of the ledger's nights that lie ahead. */
export function nightsAhead(now: Date): Prisma.Sql {
  return Prisma.sql`SELECT id FROM vault.night WHERE policy = ${NIGHTLY} AND ${liesAhead(now)}`;
}

/**
 * Sets aside the nights that lie ahead, so that their dates run when their time comes. Nights that no longer lie
 * ahead are deleted if the clock reached them step by step, since an earlier clock had been ahead. If the clock
 * jumped over them, the clock before the jump was wrong, and they return. `sinceMs`: since the ledger was last
 * settled; `hasJumped`: whether that is long enough for the far ones.
 */
export async function settleNightsAhead(
  tx: VaultTransaction,
  { now, hasJumped, sinceMs }: { now: Date; hasJumped: boolean; sinceMs: number },
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM vault.night a USING vault.night n
     WHERE a.policy IN (${SET_ASIDE}, ${SET_ASIDE_NEAR}) AND a.local_date = n.local_date
       AND n.id IN (${nightsAhead(now)})`;
  await tx.$executeRaw`
    UPDATE vault.night SET policy = CASE WHEN ${isFarAhead(now)} THEN ${SET_ASIDE} ELSE ${SET_ASIDE_NEAR} END
     WHERE id IN (${nightsAhead(now)})`;
  if (sinceMs > NEAR_JUMP_MS) await takeBack(tx, SET_ASIDE_NEAR, now);
  if (hasJumped) await takeBack(tx, SET_ASIDE, now);
  await tx.$executeRaw`
    DELETE FROM vault.night
     WHERE policy IN (${SET_ASIDE}, ${SET_ASIDE_NEAR}) AND scheduled_for <= ${now}`;
}

/** Restores the nights set aside, except a missed one that can still be caught up. */
async function takeBack(tx: VaultTransaction, policy: string, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE vault.night a SET policy = ${NIGHTLY}
     WHERE policy = ${policy} AND NOT ${liesAhead(now)}
       AND (status <> 'MISSED' OR scheduled_for < ${now}::timestamptz - ${LONGEST_DAY}::interval)
       AND NOT EXISTS (SELECT FROM vault.night n
                        WHERE n.policy = ${NIGHTLY} AND n.local_date = a.local_date)`;
}
