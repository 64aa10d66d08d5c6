import type { VaultTransaction } from './client.ts';

/** A sweep that failed is tried again after this, not at once: its cause is rarely gone by then. */
const TRY_AGAIN = '10 minutes';
/** Longer than a sweep waits between condemning a chunk and deleting it. */
const FORGOTTEN = '2 minutes';

/**
 * Whether there is garbage that nobody sweeps: a backup was not finished since the last sweep, or not by the
 * worker that began it, a sweep failed some minutes ago, or left chunks condemned.
 */
export async function isSweepDue(db: VaultTransaction): Promise<boolean> {
  const found = await db.$queryRaw<{ due: boolean }[]>`
    WITH sweeps AS (
      SELECT max(started_at) FILTER (WHERE status = 'SUCCEEDED') AS swept,
             max(ended_at) FILTER (WHERE status IN ('FAILED', 'CANCELLED')) AS failed,
             count(*) FILTER (WHERE status IN ('QUEUED', 'RUNNING')) AS active
        FROM vault.job WHERE kind = 'SWEEP')
    SELECT active = 0
           AND coalesce(failed < now() - ${TRY_AGAIN}::interval, true)
           AND (failed > coalesce(swept, '-infinity')
                OR EXISTS (SELECT FROM vault.job
                            WHERE kind IN ('CREATE_BACKUP', 'CHECK_UPLOAD')
                              AND (status IN ('FAILED', 'CANCELLED') OR fencing_token > 1)
                              AND ended_at > coalesce(swept, '-infinity'))
                OR EXISTS (SELECT FROM vault.chunk
                            WHERE state = 'CONDEMNED' AND condemned_at < now() - ${FORGOTTEN}::interval)) AS due
      FROM sweeps`;
  return found[0]?.due ?? false;
}
