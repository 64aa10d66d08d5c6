import type { SqlRunner } from '#vault/client.ts';

/** Actions that change many rows of the network at once. */
const WHOLESALE = ['backup.apply', 'backup.undo', 'backup.bring-back', 'backup.undo-bring-back'];

/**
 * How often the network was changed since then, by the audit log, which is written with each change. Not by the
 * rows: to look for the newest ones reads all of them.
 */
export async function changesSince(db: SqlRunner, since: Date): Promise<number> {
  const [found] = await db.$queryRaw<{ changes: number }[]>`
    SELECT count(*)::int AS changes FROM vault.audit_event
     WHERE at > ${since} AND outcome = 'DONE'
       AND (action LIKE 'network.%' OR action = ANY (${WHOLESALE}))`;
  return found?.changes ?? 0;
}
