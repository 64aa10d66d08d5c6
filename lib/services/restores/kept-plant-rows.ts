import type pg from 'pg';
import type { KeptPlant } from '#generated/vault/client.ts';
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
    readonly replacedBy: 'APPLY' | 'UNDO';
    readonly keepUntil: Date;
    readonly safetyJobId: string;
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

/** The plants that are kept now, oldest first. */
export function listKeptPlants(db: VaultTransaction): Promise<KeptPlant[]> {
  return db.keptPlant.findMany({ where: { goneAt: null }, orderBy: { keptAt: 'asc' } });
}
