import type { ClientBase } from 'pg';
import { validate as isUuid } from 'uuid';
import type { Author, StructureVersion } from '#engine/ports.ts';
import { publish } from '#events/channel.ts';
import type { Prisma, Restore } from '#generated/vault/client.ts';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';
import { newestFirst, olderThan } from '../page.ts';

export type { Restore };

/** Restore.structure: the migrations of the stage. `run`: the backup did not have this one. */
export type StagedStructure = readonly (StructureVersion[number] & { readonly run: boolean })[];

/** Restore.tables: rows in the stage. */
export type StagedTables = readonly { readonly name: string; readonly rows: number }[];

export function stagedStructure(restore: Restore): StagedStructure {
  return (restore.structure ?? []) as unknown as StagedStructure;
}

export function stagedTables(restore: Restore): StagedTables {
  return (restore.tables ?? []) as unknown as StagedTables;
}

/** Null where there is none. */
export async function findRestoreRow(db: VaultTransaction, id: string): Promise<Restore | null> {
  return isUuid(id) ? db.restore.findUnique({ where: { id } }) : null;
}

/** The newest restores after the cursor `after`, at most `take`, and how many there are. */
export async function pageOfRestores(
  db: VaultTransaction,
  { take, after }: { take: number; after?: string | null },
): Promise<{ restores: Restore[]; totalCount: number }> {
  const [restores, totalCount] = await Promise.all([
    db.restore.findMany({ where: olderThan(after), orderBy: newestFirst, take }),
    db.restore.count(),
  ]);
  return { restores, totalCount };
}

export async function insertRestore(
  tx: VaultTransaction,
  data: Prisma.RestoreUncheckedCreateInput,
): Promise<Restore> {
  const restore = await tx.restore.create({ data });
  await publish(tx, { kind: 'RESTORES_CHANGED', id: restore.id });
  return restore;
}

export interface StageResult {
  readonly structure: StagedStructure;
  readonly tables: StagedTables;
  readonly missingFiles: number;
  readonly goodUntil: Date;
}

/** Writes down what the stage holds. False where nobody waits for it any more. */
export async function markStaged(
  tx: VaultTransaction,
  id: string,
  { structure, tables, missingFiles, goodUntil }: StageResult,
): Promise<boolean> {
  const { count } = await tx.restore.updateMany({
    where: { id, status: 'STAGING' },
    data: {
      status: 'STAGED',
      structure: structure.map((one) => ({ ...one })),
      tables: tables.map((one) => ({ ...one })),
      missingFiles,
      stagedAt: new Date(),
      goodUntil,
    },
  });
  await publish(tx, { kind: 'RESTORES_CHANGED', id });
  return count > 0;
}

/** Ends a restore that is still in one of the states `from`. False where it is in another. */
export async function endRestore(
  tx: VaultTransaction,
  id: string,
  status: 'DISCARDED' | 'FAILED',
  from: readonly ('STAGING' | 'STAGED')[],
): Promise<boolean> {
  const { count } = await tx.restore.updateMany({
    where: { id, status: { in: [...from] } },
    data: { status, endedAt: new Date() },
  });
  if (count > 0) await publish(tx, { kind: 'RESTORES_CHANGED', id });
  return count > 0;
}

/** Restores whose stage is too old to be applied. */
export function expiredRestores(db: VaultTransaction): Promise<Restore[]> {
  return db.restore.findMany({ where: { status: 'STAGED', goodUntil: { lte: new Date() } } });
}

/** Of these schemas of stages, those that no restore claims. */
export async function unclaimedStages(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  const claims = await db.restore.findMany({
    where: { status: { in: ['STAGING', 'STAGED'] }, stageSchema: { in: [...schemas] } },
    select: { stageSchema: true },
  });
  const claimed = new Set(claims.map((restore) => restore.stageSchema));
  return schemas.filter((schema) => !claimed.has(schema));
}

/** Locks a restore's row until the transaction ends; null where there is none. On a plain connection. */
export async function lockRestoreSql(
  client: ClientBase,
  id: string,
): Promise<{ status: Restore['status']; stageSchema: string; goodUntil: Date | null } | null> {
  const { rows } = await client.query(
    `SELECT status, stage_schema AS "stageSchema", good_until AS "goodUntil"
       FROM vault.restore WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] ?? null;
}

/** Notes that the stage of the restore is the plant now. */
export async function markAppliedSql(
  client: ClientBase,
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

/** Notes whether the preview of an applied restore said what happened. */
export async function markChecked(
  tx: VaultTransaction,
  id: string,
  asAnnounced: boolean,
): Promise<void> {
  await tx.restore.updateMany({ where: { id, status: 'APPLIED' }, data: { asAnnounced } });
  await publish(tx, { kind: 'RESTORES_CHANGED', id });
}

export async function markUndoneSql(client: ClientBase, id: string): Promise<void> {
  await client.query(
    `UPDATE vault.restore SET status = 'UNDONE', undone_at = clock_timestamp(), ended_at = clock_timestamp()
      WHERE id = $1`,
    [id],
  );
}

/** The id of the restore that can be undone: the newest applied one. Null without one, or after its window. */
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
 * Writes down the schema of a stage before a worker makes it, because housekeeping drops schemas that nobody
 * claims. False where the worker's claim on the job has ended.
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
