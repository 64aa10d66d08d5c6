import { createHash } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import { publish } from '#events/channel.ts';
import type { Import, Job, Prisma } from '#generated/vault/client.ts';
import type { ExchangeKind } from '#plant/exchange/columns.ts';
import type { FileShape, Matching } from '#plant/exchange/matching.ts';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';

export type { Import };

export const rowStates = ['NEW', 'UPDATED', 'SAME', 'WRONG', 'DUPLICATE'] as const;
export type RowState = (typeof rowStates)[number];

/** How many rows of one kind have one state. */
export interface ImportCount {
  readonly kind: ExchangeKind;
  readonly state: RowState;
  readonly count: number;
}

/** Somebody looks at an import at least this often, or it is written down less often than looked at. */
const TOUCH_EVERY_MS = 60_000;

export function insertImport(
  tx: VaultTransaction,
  data: Prisma.ImportUncheckedCreateInput,
): Promise<Import> {
  return tx.import.create({ data });
}

/** Null where there is none, or it was dropped. */
export async function findImportRow(db: VaultTransaction, id: string): Promise<Import | null> {
  return isUuid(id) ? db.import.findUnique({ where: { id } }) : null;
}

/** Locked until the transaction ends. */
export async function lockImport(tx: VaultTransaction, id: string): Promise<Import | null> {
  if (!isUuid(id)) return null;
  await tx.$queryRaw`SELECT id FROM vault.import WHERE id = ${id}::uuid FOR UPDATE`;
  return tx.import.findUnique({ where: { id } });
}

export async function touchImport(db: VaultTransaction, id: string): Promise<void> {
  const lastUsedAt = { lt: new Date(Date.now() - TOUCH_EVERY_MS) };
  await db.import.updateMany({ where: { id, lastUsedAt }, data: { lastUsedAt: new Date() } });
}

/** Where its job is, from now on. */
export async function beginWork(
  tx: VaultTransaction,
  id: string,
  status: 'READING' | 'APPLYING',
  jobId: string,
): Promise<Import> {
  return tx.import.update({ where: { id }, data: { status, jobId, lastUsedAt: new Date() } });
}

/**
 * Writes down the scratch schema of an attempt before a worker makes it, because housekeeping drops schemas that
 * nobody claims. False where the worker's claim on the job has ended.
 */
export async function claimSchema(
  db: SqlRunner,
  id: string,
  job: Pick<Job, 'id' | 'fencingToken'>,
  schema: string,
): Promise<boolean> {
  const claimed = await db.$executeRaw`
    UPDATE vault.import SET scratch_schema = ${schema}, last_used_at = now()
     WHERE id = ${id}::uuid AND status = 'READING' AND EXISTS (
       SELECT 1 FROM vault.job WHERE id = ${job.id}::uuid AND status = 'RUNNING'
          AND fencing_token = ${job.fencingToken})`;
  return claimed === 1;
}

/** Writes down what a file is made of, what its rows are, and the plant that they were matched with. */
export async function markRead(
  tx: VaultTransaction,
  id: string,
  read: {
    readonly shape: FileShape;
    readonly matching: Matching;
    readonly counts: readonly ImportCount[];
    readonly epoch: bigint;
  },
): Promise<boolean> {
  const { count } = await tx.import.updateMany({
    where: { id, status: 'READING' },
    data: {
      status: 'READY',
      shape: read.shape as unknown as Prisma.InputJsonObject,
      matching: read.matching as unknown as Prisma.InputJsonObject,
      counts: read.counts as unknown as Prisma.InputJsonArray,
      epoch: read.epoch,
      lastUsedAt: new Date(),
    },
  });
  return count > 0;
}

export async function markImported(
  tx: VaultTransaction,
  id: string,
  changeSetId: string,
): Promise<void> {
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id: changeSetId });
  await tx.import.update({ where: { id }, data: { status: 'APPLIED', changeSetId } });
}

/** The end of a job that did not succeed: what was read before can be applied still. */
export async function endWork(tx: VaultTransaction, id: string): Promise<void> {
  await tx.import.updateMany({ where: { id, status: 'READING' }, data: { status: 'FAILED' } });
  await tx.import.updateMany({ where: { id, status: 'APPLYING' }, data: { status: 'READY' } });
}

export const countsOf = ({ counts }: Pick<Import, 'counts'>) =>
  counts as unknown as readonly ImportCount[];
export const shapeOf = ({ shape }: Pick<Import, 'shape'>) => shape as unknown as FileShape | null;
export const matchingOf = ({ matching }: Pick<Import, 'matching'>) =>
  matching as unknown as Matching | null;

/** The same for files whose columns and folders are the same, whatever their rows. */
function habitKey({ columns, groups }: FileShape): string {
  const parts = [
    columns.map(({ name }) => name),
    groups.map(({ name, shape }) => [name, shape]).toSorted(),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** How somebody matched the last file of this shape; null without one. */
export async function findHabit(db: VaultTransaction, shape: FileShape): Promise<Matching | null> {
  const found = await db.importHabit.findUnique({ where: { shape: habitKey(shape) } });
  return found && (found.matching as unknown as Matching);
}

export async function keepHabit(
  tx: VaultTransaction,
  shape: FileShape,
  matching: Matching,
): Promise<void> {
  const data = {
    matching: matching as unknown as Prisma.InputJsonObject,
    lastUsedAt: new Date(),
  };
  const key = habitKey(shape);
  await tx.importHabit.upsert({
    where: { shape: key },
    create: { shape: key, ...data },
    update: data,
  });
}

/** Removes imports that nobody has looked at since `before` and that no job works on. */
export async function forgetUnusedImports(db: VaultTransaction, before: Date): Promise<void> {
  await db.import.deleteMany({
    where: { status: { notIn: ['READING', 'APPLYING'] }, lastUsedAt: { lt: before } },
  });
}

/** Of these scratch schemas, those that no import claims. */
export async function unclaimedImports(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  const claims = await db.import.findMany({
    where: {
      scratchSchema: { in: [...schemas] },
      status: { in: ['READING', 'READY', 'APPLYING'] },
    },
    select: { scratchSchema: true },
  });
  const claimed = new Set(claims.map(({ scratchSchema }) => scratchSchema));
  return schemas.filter((schema) => !claimed.has(schema));
}
