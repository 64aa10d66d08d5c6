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

/** Counts a use of `key` over all web processes as `points`, and says whether it is within the limit. */
export async function countUse(
  db: VaultTransaction,
  key: string,
  limit: RateLimit,
  points = 1,
): Promise<RateState> {
  const windowSeconds = limit.windowMs / 1000;
  const [row] = await db.$queryRaw<{ points: number; seconds: number }[]>`
    INSERT INTO vault.rate_limit AS l (key, points, resets_at)
    VALUES (${key}, ${points}::int, now() + make_interval(secs => ${windowSeconds}::float8))
    ON CONFLICT (key) DO UPDATE SET
      points = CASE WHEN l.resets_at <= now() THEN excluded.points ELSE l.points + excluded.points END,
      resets_at = CASE WHEN l.resets_at <= now() THEN excluded.resets_at ELSE l.resets_at END
    RETURNING points, ceil(extract(epoch FROM resets_at - now()))::int AS seconds`;
  const used = row?.points ?? points;
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

/** Takes a counted use back. */
export async function returnUse(db: VaultTransaction, key: string, points = 1): Promise<void> {
  await db.$executeRaw`
    UPDATE vault.rate_limit SET points = greatest(0, points - ${points}::int) WHERE key = ${key}`;
}

/** Removes the counters whose window is over; answers how many. */
export async function removeOldRateLimits(db: VaultTransaction): Promise<number> {
  const { count } = await db.rateLimit.deleteMany({ where: { resetsAt: { lte: new Date() } } });
  return count;
}
