import type { Compare } from '#generated/vault/client.ts';
import type { SqlRunner } from '#vault/client.ts';

/** Actions that change many rows of the network at once. */
const BROUGHT_BACK = ['backup.bring-back', 'backup.undo-bring-back'];
const SWAPS = ['backup.apply', 'backup.undo'];

/** No change of the network takes longer from its beginning to its commit. */
const LONGEST_CHANGE_MS = 60 * 60 * 1000;

/**
 * How often the network was changed since then, by the audit log, which is written with each change. Not by the
 * rows: to look for the newest ones reads all of them.
 */
export async function changesSince(db: SqlRunner, since: Date): Promise<number> {
  return countChanges(db, { since, unseenIn: null, swaps: true });
}

/** When a compare with now read the network, and in which snapshot of PostgreSQL (`pg_current_snapshot`). */
export type NetworkRead = Pick<Compare, 'toCreatedAt' | 'toSnapshot'>;

/**
 * How often people changed the network after the compare read it: every change that its snapshot did not see, also one
 * that had begun before. `swaps`: whether a restore and its undo count.
 */
export async function changesUnseen(
  db: SqlRunner,
  { toCreatedAt, toSnapshot }: NetworkRead,
  { swaps = true }: { readonly swaps?: boolean } = {},
): Promise<number> {
  if (!toCreatedAt) return 0;
  // A compare that an earlier version made has none.
  if (!toSnapshot) return countChanges(db, { since: toCreatedAt, unseenIn: null, swaps });
  const since = new Date(toCreatedAt.getTime() - LONGEST_CHANGE_MS);
  return countChanges(db, { since, unseenIn: toSnapshot, swaps });
}

interface Counting {
  readonly since: Date;
  /** Null: all since then. */
  readonly unseenIn: string | null;
  readonly swaps: boolean;
}

/** A row has 32 bits of its transaction. Of those with these bits it is the one nearest to the newest. */
async function countChanges(db: SqlRunner, { since, unseenIn, swaps }: Counting): Promise<number> {
  const wholesale = [...BROUGHT_BACK, ...(swaps ? SWAPS : [])];
  const [found] = await db.$queryRaw<{ changes: number }[]>`
    SELECT count(*)::int AS changes
      FROM vault.audit_event e
     CROSS JOIN (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS newest) AS now
     CROSS JOIN LATERAL (SELECT (newest - e.xmin::text::bigint) & 4294967295 AS behind) AS distance
     CROSS JOIN LATERAL (
       SELECT newest - CASE WHEN behind > 2147483647 THEN behind - 4294967296 ELSE behind END AS writer) AS by
     WHERE e.at > ${since} AND e.outcome = 'DONE'
       AND (e.action LIKE 'network.%' OR e.action = ANY (${wholesale}))
       AND (${unseenIn}::text IS NULL
         OR NOT pg_visible_in_snapshot(writer::text::xid8, ${unseenIn}::text::pg_snapshot))`;
  return found?.changes ?? 0;
}
