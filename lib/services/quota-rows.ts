import type { SqlRunner } from '#vault/client.ts';

/** Makes what one person asks for wait for their other requests, until the transaction ends. */
export async function lockPerson(db: SqlRunner, personId: string): Promise<void> {
  await db.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: quota of ' || ${personId}, 0))`;
}

/** Jobs that a person asked for and that have not ended. */
export async function openJobsOf(db: SqlRunner, personId: string): Promise<number> {
  const [counted] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM vault.job
     WHERE requested_by_id = ${personId}::uuid AND status IN ('QUEUED', 'RUNNING')`;
  return Number(counted?.count ?? 0);
}

/** Restores of a person whose stage is made or kept. */
export async function openStagesOf(db: SqlRunner, personId: string): Promise<number> {
  const [counted] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM vault.restore
     WHERE author_id = ${personId}::uuid AND status IN ('STAGING', 'STAGED')`;
  return Number(counted?.count ?? 0);
}
