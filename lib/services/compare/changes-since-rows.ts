import type { SqlRunner } from '#vault/client.ts';

/**
 * How often people changed the network since then, by the audit log, which is written with each change. Not by the
 * rows: to look for the newest ones reads all of them.
 */
export async function changesSince(db: SqlRunner, since: Date): Promise<number> {
  const [found] = await db.$queryRaw<{ changes: number }[]>`
    SELECT count(*)::int AS changes FROM vault.audit_event
     WHERE at > ${since} AND outcome = 'DONE' AND action LIKE 'network.%'`;
  return found?.changes ?? 0;
}
