import { validate as isUuid } from 'uuid';
import type { ComparedTable } from '#engine/compare/compare.ts';
import { scratchOwner } from '#engine/compare/staged-sides.ts';
import type { Backup, Compare, Job, Prisma } from '#generated/vault/client.ts';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';
import { givenNameColumn, readGivenName } from '#vault/given-name.ts';
import { changesSince } from './changes-since-rows.ts';
import { INTACT } from './describe-rows.ts';

export type { Compare };

/** What somebody compares: two backups, or a backup with the plant of now. */
export interface Compared {
  readonly from: Backup;
  /** Null: now. */
  readonly to: Backup | null;
}

/** Whoever asks for a compare with now within this time of another shares it, unless the network changed. */
const NOW_SHARED_MS = 10_000;
/** Somebody looks at a compare at least this often, or it is written down less often than looked at. */
const TOUCH_EVERY_MS = 60_000;

/** Keeps two requests for the same compare from making two, until the transaction ends. */
export async function lockCompares(tx: SqlRunner): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('vault.compare', 0))`;
}

/** A compare of the same two that can be shared; null without one. With now: only while nobody changed the network. */
export async function sharedCompare(
  tx: VaultTransaction,
  { from, to }: Compared,
): Promise<Compare | null> {
  const same = to
    ? { toNow: false, toBackupId: to.id }
    : { toNow: true, createdAt: { gt: new Date(Date.now() - NOW_SHARED_MS) } };
  const found = await tx.compare.findFirst({
    where: { fromBackupId: from.id, status: { in: ['PREPARING', 'READY'] }, ...same },
    orderBy: { createdAt: 'desc' },
  });
  if (!found || !(await isIntact(tx, found))) return null;
  const isOld = found.toNow && (await changesSince(tx, found.createdAt)) > 0;
  return isOld ? null : found;
}

export function insertCompare(
  tx: VaultTransaction,
  { from, to }: Compared,
  data: Pick<
    Prisma.CompareUncheckedCreateInput,
    'id' | 'jobId' | 'scratchSchema' | 'authorKind' | 'authorId' | 'authorName'
  >,
): Promise<Compare> {
  return tx.compare.create({
    data: {
      ...data,
      fromBackupId: from.id,
      fromName: from.name,
      fromGivenName: givenNameColumn(readGivenName(from.givenName)),
      fromCreatedAt: from.createdAt,
      toNow: to === null,
      toBackupId: to?.id ?? null,
      toName: to?.name ?? '',
      toGivenName: givenNameColumn(readGivenName(to?.givenName ?? null)),
      toCreatedAt: to?.createdAt ?? null,
    },
  });
}

/** Null where there is none, or where a crash of PostgreSQL emptied its tables, which are not logged. */
export async function findCompareRow(db: VaultTransaction, id: string): Promise<Compare | null> {
  const found = isUuid(id) ? await db.compare.findUnique({ where: { id } }) : null;
  return found && (await isIntact(db, found)) ? found : null;
}

/** Whether its tables still hold what the compare found. A table that a crash emptied has no bytes. */
async function isIntact(db: SqlRunner, { status, scratchSchema }: Compare): Promise<boolean> {
  if (status !== 'READY') return true;
  const table = `${scratchSchema}.${INTACT}`;
  const [found] = await db.$queryRaw<{ intact: boolean | null }[]>`
    SELECT pg_relation_size(to_regclass(${table})) > 0 AS intact`;
  return found?.intact ?? false;
}

/** Notes that somebody looks at it, so that it is kept. */
export async function touchCompare(db: VaultTransaction, { id }: Pick<Compare, 'id'>) {
  const lastUsedAt = { lt: new Date(Date.now() - TOUCH_EVERY_MS) };
  await db.compare.updateMany({ where: { id, lastUsedAt }, data: { lastUsedAt: new Date() } });
}

/** Its hour begins anew: somebody else asked for it. */
export async function shareCompare(tx: VaultTransaction, { id }: Pick<Compare, 'id'>) {
  return tx.compare.update({ where: { id }, data: { lastUsedAt: new Date() } });
}

/**
 * Writes down the scratch schema of an attempt before a worker makes it, because housekeeping drops schemas that
 * nobody claims. False where the worker's claim on the job has ended.
 */
export async function claimScratchSchema(
  db: SqlRunner,
  id: string,
  job: Pick<Job, 'id' | 'fencingToken'>,
  schema: string,
): Promise<boolean> {
  const claimed = await db.$executeRaw`
    UPDATE vault.compare SET scratch_schema = ${schema}
     WHERE id = ${id}::uuid AND status = 'PREPARING' AND EXISTS (
       SELECT 1 FROM vault.job WHERE id = ${job.id}::uuid AND status = 'RUNNING'
          AND fencing_token = ${job.fencingToken})`;
  return claimed === 1;
}

/** Writes down what the compare found. `now`: the backup that was made for it. False where nobody waits for it. */
export async function markCompared(
  tx: VaultTransaction,
  id: string,
  tables: readonly ComparedTable[],
  now: (Pick<Backup, 'id' | 'createdAt'> & { readonly seen: string }) | null,
): Promise<boolean> {
  const readyAt = new Date();
  const { count } = await tx.compare.updateMany({
    where: { id, status: 'PREPARING' },
    data: {
      status: 'READY',
      tables: tables.map((table) => ({ ...table })) as unknown as Prisma.InputJsonArray,
      readyAt,
      lastUsedAt: readyAt,
      ...(now && { toBackupId: now.id, toCreatedAt: now.createdAt, toSnapshot: now.seen }),
    },
  });
  return count > 0;
}

/** Ends a compare that was not made. */
export async function failCompare(tx: VaultTransaction, id: string): Promise<void> {
  await tx.compare.updateMany({
    where: { id, status: 'PREPARING' },
    data: { status: 'FAILED' },
  });
}

/** The tables that differ. Empty until READY. */
export function comparedTables({ tables }: Pick<Compare, 'tables'>): readonly ComparedTable[] {
  return (tables ?? []) as unknown as ComparedTable[];
}

/** Removes the rows of compares that nobody has looked at since `before`. Answers their schemas. */
export async function forgetUnusedCompares(db: SqlRunner, before: Date): Promise<string[]> {
  const rows = await db.$queryRaw<{ schema: string }[]>`
    DELETE FROM vault.compare WHERE status <> 'PREPARING' AND last_used_at < ${before}
    RETURNING scratch_schema AS schema`;
  return rows.map(({ schema }) => schema);
}

/** Of these scratch schemas and staged sides, those that no compare claims. */
export async function unclaimedScratch(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  const owners = new Map(schemas.map((schema) => [schema, scratchOwner(schema)]));
  const claims = await db.compare.findMany({
    where: {
      status: { in: ['PREPARING', 'READY'] },
      scratchSchema: { in: [...schemas, ...owners.values()] },
    },
    select: { scratchSchema: true, status: true },
  });
  const claimed = new Map(claims.map(({ scratchSchema, status }) => [scratchSchema, status]));
  // A staged side is needed until the compare is made.
  return schemas.filter(
    (schema) => !claimed.has(schema) && claimed.get(owners.get(schema) ?? '') !== 'PREPARING',
  );
}

/** Backups made on the spot whose compare is gone. */
export function unusedNowBackups(db: VaultTransaction): Promise<Backup[]> {
  return db.$queryRaw<{ id: string }[]>`
    SELECT b.id FROM vault.backup b
     WHERE b.status = 'NOW' AND NOT EXISTS (SELECT FROM vault.compare c WHERE c.to_backup_id = b.id)`.then(
    (rows) => db.backup.findMany({ where: { id: { in: rows.map(({ id }) => id) } } }),
  );
}

/** Removes the row of a backup made on the spot, unless it is kept by now. */
export async function deleteNowBackup(db: VaultTransaction, id: string): Promise<void> {
  await db.backup.deleteMany({ where: { id, status: 'NOW' } });
}

/** Makes a backup of its own of one made on the spot. Null where it is gone. */
export async function keepNowBackupRow(tx: VaultTransaction, id: string): Promise<Backup | null> {
  const { count } = await tx.backup.updateMany({
    where: { id, status: 'NOW' },
    data: { status: 'READY' },
  });
  return count > 0 ? tx.backup.findUnique({ where: { id } }) : null;
}
