import type pg from 'pg';
import type { Author, StructureVersion } from '#engine/ports.ts';
import type { Restore } from '#generated/vault/client.ts';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';

export type { Restore };

/** Restore.structure: what the stage was brought to; `run`: the backup did not have this migration. */
export type StagedStructure = readonly (StructureVersion[number] & { readonly run: boolean })[];

/** Restore.tables: rows in the stage. */
export type StagedTables = readonly { readonly name: string; readonly rows: number }[];

export function stagedStructure(restore: Restore): StagedStructure {
  return (restore.structure ?? []) as unknown as StagedStructure;
}

export function stagedTables(restore: Restore): StagedTables {
  return (restore.tables ?? []) as unknown as StagedTables;
}

/** Locks a restore's row until the transaction ends; null where there is none. On a plain connection. */
export async function lockRestoreSql(
  client: pg.ClientBase,
  id: string,
): Promise<{ status: Restore['status']; stageSchema: string; goodUntil: Date | null } | null> {
  const { rows } = await client.query(
    `SELECT status, stage_schema AS "stageSchema", good_until AS "goodUntil"
       FROM vault.restore WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] ?? null;
}

/** Notes that the restore's stage is the plant now. */
export async function markAppliedSql(
  client: pg.ClientBase,
  id: string,
  by: Author,
  undoUntil: Date,
): Promise<void> {
  await client.query(
    `UPDATE vault.restore SET status = 'APPLIED', applied_at = clock_timestamp(), applied_by_kind = $2,
            applied_by_id = $3, applied_by_name = $4, undo_until = $5 WHERE id = $1`,
    [id, by.kind, by.id, by.name, undoUntil],
  );
}

export async function markUndoneSql(client: pg.ClientBase, id: string): Promise<void> {
  await client.query(
    `UPDATE vault.restore SET status = 'UNDONE', undone_at = clock_timestamp(), ended_at = clock_timestamp()
      WHERE id = $1`,
    [id],
  );
}

/**
 * The id of the restore that `undo` takes back next: the newest applied one. Null where there is none, or
 * its window is over.
 */
export async function undoableRestore(db: VaultTransaction): Promise<string | null> {
  const newest = await db.restore.findFirst({
    where: { status: 'APPLIED' },
    orderBy: [{ appliedAt: 'desc' }, { id: 'desc' }],
    include: { keptPlants: { where: { replacedBy: 'APPLY', goneAt: null } } },
  });
  if (!newest || newest.keptPlants.length === 0) return null;
  return newest.undoUntil && newest.undoUntil > new Date() ? newest.id : null;
}

/**
 * Writes down which schema a worker makes the stage in, before it makes it: housekeeping drops those that
 * nobody claims. False where the claim on the job does not hold any more.
 */
export async function claimStageSchema(
  db: SqlRunner,
  id: string,
  job: { readonly id: string; readonly fencingToken: bigint },
  schema: string,
): Promise<boolean> {
  const claimed = await db.$executeRaw`
    UPDATE vault.restore SET stage_schema = ${schema}
     WHERE id = ${id}::uuid AND status = 'STAGING' AND EXISTS (
       SELECT 1 FROM vault.job WHERE id = ${job.id}::uuid AND status = 'RUNNING'
          AND fencing_token = ${job.fencingToken})`;
  return claimed === 1;
}
