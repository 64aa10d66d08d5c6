import type { SqlRunner } from '#vault/client.ts';

/** Actions that change many rows of the network at once. */
const BROUGHT_BACK = ['backup.bring-back', 'backup.undo-bring-back'];
const SWAPS = ['backup.apply', 'backup.undo'];

/**
 * How often the network was changed since then, by the audit log, which is written with each change. Not by the
 * rows: to look for the newest ones reads all of them. `swaps`: whether a restore and its undo count.
 */
export async function changesSince(
  db: SqlRunner,
  since: Date,
  { swaps = true }: { readonly swaps?: boolean } = {},
): Promise<number> {
  const wholesale = [...BROUGHT_BACK, ...(swaps ? SWAPS : [])];
  const [found] = await db.$queryRaw<{ changes: number }[]>`
    SELECT count(*)::int AS changes FROM vault.audit_event
     WHERE at > ${since} AND outcome = 'DONE'
       AND (action LIKE 'network.%' OR action = ANY (${wholesale}))`;
  return found?.changes ?? 0;
}
