import type { VaultTransaction } from './client.ts';

/** At most `points` uses of one key within `windowMs`, counted from the first. */
export interface RateLimit {
  readonly points: number;
  readonly windowMs: number;
}

/** The counter of a key; `used` includes this use. */
export interface RateState {
  readonly allowed: boolean;
  readonly used: number;
  /** Until the counter restarts. */
  readonly retryAfterSeconds: number;
}

/** Counts one use of `key` over all web processes, and says whether it is within the limit. */
export async function countUse(
  db: VaultTransaction,
  key: string,
  limit: RateLimit,
): Promise<RateState> {
  const windowSeconds = limit.windowMs / 1000;
  const [row] = await db.$queryRaw<{ points: number; seconds: number }[]>`
    INSERT INTO vault.rate_limit AS l (key, points, resets_at)
    VALUES (${key}, 1, now() + make_interval(secs => ${windowSeconds}::float8))
    ON CONFLICT (key) DO UPDATE SET
      points = CASE WHEN l.resets_at <= now() THEN 1 ELSE l.points + 1 END,
      resets_at = CASE WHEN l.resets_at <= now() THEN excluded.resets_at ELSE l.resets_at END
    RETURNING points, ceil(extract(epoch FROM resets_at - now()))::int AS seconds`;
  const used = row?.points ?? 1;
  return {
    allowed: used <= limit.points,
    used,
    retryAfterSeconds: Math.max(1, row?.seconds ?? windowSeconds),
  };
}

/** Restarts the counter of `key`. */
export async function forgetUses(db: VaultTransaction, key: string): Promise<void> {
  await db.rateLimit.deleteMany({ where: { key } });
}

/** Takes one counted use back. */
export async function returnUse(db: VaultTransaction, key: string): Promise<void> {
  await db.rateLimit.updateMany({
    where: { key, points: { gt: 0 } },
    data: { points: { decrement: 1 } },
  });
}

/** Removes the counters whose window is over; answers how many. */
export async function removeOldRateLimits(db: VaultTransaction): Promise<number> {
  const { count } = await db.rateLimit.deleteMany({ where: { resetsAt: { lte: new Date() } } });
  return count;
}
