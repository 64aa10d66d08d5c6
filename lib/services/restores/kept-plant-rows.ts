import type pg from 'pg';
import type { Backup, Job, KeptPlant, Restore } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type { KeptPlant };

/** How long an apply can be undone. */
export const UNDO_WINDOW_MS = 7 * 24 * 60 * 60 * 1000;

/** Notes a plant that a swap has just replaced. On a plain connection, in the swap's transaction. */
export async function insertKeptPlantSql(
  client: pg.ClientBase,
  kept: {
    readonly schema: string;
    readonly restoreId: string;
    readonly replacedBy: 'APPLY' | 'UNDO' | 'RECOVERY';
    readonly keepUntil: Date;
    readonly safetyJobId: string | null;
  },
): Promise<void> {
  await client.query(
    `INSERT INTO vault.kept_plant (schema, restore_id, replaced_by, keep_until, safety_job_id)
     VALUES ($1, $2, $3, $4, $5)`,
    [kept.schema, kept.restoreId, kept.replacedBy, kept.keepUntil, kept.safetyJobId],
  );
}

/** Locks the plant that a restore's apply replaced; null where it is gone. On a plain connection. */
export async function lockKeptPlantSql(
  client: pg.ClientBase,
  restoreId: string,
): Promise<{ schema: string; safetyJobId: string | null } | null> {
  const { rows } = await client.query(
    `SELECT schema, safety_job_id AS "safetyJobId" FROM vault.kept_plant
      WHERE restore_id = $1 AND replaced_by = 'APPLY' AND gone_at IS NULL FOR UPDATE`,
    [restoreId],
  );
  return rows[0] ?? null;
}

/** The schema is the plant again, or dropped. */
export async function markKeptPlantGoneSql(client: pg.ClientBase, schema: string): Promise<void> {
  await client.query('UPDATE vault.kept_plant SET gone_at = clock_timestamp() WHERE schema = $1', [
    schema,
  ]);
}

/** The plant that a restore's apply replaced; null where it is gone. */
export function keptPlantOf(db: VaultTransaction, restoreId: string): Promise<KeptPlant | null> {
  return db.keptPlant.findFirst({ where: { restoreId, replacedBy: 'APPLY', goneAt: null } });
}

/** Whether the plant is or was kept under this schema. */
export async function wasKept(db: VaultTransaction, schema: string): Promise<boolean> {
  return (await db.keptPlant.findUnique({ where: { schema } })) !== null;
}

/** Locks a kept plant until the transaction ends; null where it is gone. */
export async function lockKeptPlant(
  tx: VaultTransaction,
  schema: string,
): Promise<(KeptPlant & { restore: Restore }) | null> {
  await tx.$queryRaw`SELECT schema FROM vault.kept_plant WHERE schema = ${schema} FOR UPDATE`;
  return tx.keptPlant.findFirst({ where: { schema, goneAt: null }, include: { restore: true } });
}

/** Notes the job that makes the SAFETY backup of a kept plant. */
export async function noteSafetyJob(
  tx: VaultTransaction,
  schema: string,
  safetyJobId: string,
): Promise<void> {
  await tx.keptPlant.update({ where: { schema }, data: { safetyJobId, safetyBackupId: null } });
}

/** Notes the SAFETY backup of a kept plant. Does nothing where the plant is not kept. */
export async function noteSafetyBackup(
  tx: VaultTransaction,
  schema: string,
  safetyBackupId: string,
): Promise<void> {
  await tx.keptPlant.updateMany({ where: { schema }, data: { safetyBackupId } });
}

/** The job and the backup that a kept plant names; null for each that is gone or was never there. */
export async function safetyOf(
  db: VaultTransaction,
  { safetyJobId, safetyBackupId }: KeptPlant,
): Promise<{ job: Job | null; backup: Backup | null }> {
  const [job, backup] = await Promise.all([
    safetyJobId ? db.job.findUnique({ where: { id: safetyJobId } }) : null,
    safetyBackupId ? db.backup.findFirst({ where: { id: safetyBackupId, status: 'READY' } }) : null,
  ]);
  return { job, backup };
}

/**
 * Locks a kept plant that is not needed any more: its window is over and its SAFETY backup is tested, or it was empty.
 * Answers its restore; null where the plant must stay. On a plain connection.
 */
export async function lockDroppablePlantSql(
  client: pg.ClientBase,
  schema: string,
): Promise<Pick<Restore, 'id' | 'backupName' | 'backupGivenName'> | null> {
  const { rows } = await client.query(
    `SELECT r.id, r.backup_name AS "backupName", r.backup_given_name AS "backupGivenName"
       FROM vault.kept_plant k
       JOIN vault.restore r ON r.id = k.restore_id
      WHERE k.schema = $1 AND k.gone_at IS NULL AND k.keep_until <= now()
        AND (k.replaced_by = 'RECOVERY' OR EXISTS (
          SELECT FROM vault.backup b WHERE b.id = k.safety_backup_id AND b.status = 'READY'
             AND b.tested_at IS NOT NULL AND b.test_failed_at IS NULL FOR SHARE OF b))
        FOR UPDATE OF k`,
    [schema],
  );
  return rows[0] ?? null;
}

/** Ends the connections that hold locks on tables of a schema. */
export async function terminateHoldersSql(
  db: Pick<pg.ClientBase, 'query'>,
  schema: string,
): Promise<void> {
  await db.query(
    `SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
      WHERE a.usename = current_user AND a.pid IN (
        SELECT l.pid FROM pg_catalog.pg_locks l
          JOIN pg_catalog.pg_class c ON c.oid = l.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE l.granted AND n.nspname = $1)`,
    [schema],
  );
}

/** The plants that are kept now, oldest first. */
export function listKeptPlants(db: VaultTransaction): Promise<KeptPlant[]> {
  return db.keptPlant.findMany({ where: { goneAt: null }, orderBy: { keptAt: 'asc' } });
}
