import { validate as isUuid } from 'uuid';
import type { ItemCount } from '#engine/bring-back/bring-back.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import { publish } from '#events/channel.ts';
import type { ChangeSet, Prisma } from '#generated/vault/client.ts';
import { type Actor, authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { newestFirst, olderThan } from '../page.ts';

export type { ChangeSet };

/** How long a change set can be undone. */
export const UNDO_MS = 30 * 24 * 60 * 60 * 1000;

/** Statements in a transaction of the vault's client, which reaches the plant too. */
export function sqlIn(tx: VaultTransaction): Sql {
  return {
    rows: <Row extends object>(text: string, values: readonly unknown[] = []) =>
      tx.$queryRawUnsafe<Row[]>(text, ...values),
  };
}

export async function insertChangeSet(
  tx: VaultTransaction,
  data: Prisma.ChangeSetUncheckedCreateInput,
): Promise<ChangeSet> {
  const set = await tx.changeSet.create({ data });
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id: set.id });
  return set;
}

/** Null where there is none. */
export async function findChangeSetRow(
  db: VaultTransaction,
  id: string,
): Promise<ChangeSet | null> {
  return isUuid(id) ? db.changeSet.findUnique({ where: { id } }) : null;
}

/** Locked until the transaction ends. */
export async function lockChangeSet(tx: VaultTransaction, id: string): Promise<ChangeSet | null> {
  await tx.$queryRaw`SELECT id FROM vault.change_set WHERE id = ${id}::uuid FOR UPDATE`;
  return findChangeSetRow(tx, id);
}

/** The newest change sets that were made, and how many there are. */
export async function pageOfChangeSets(
  db: VaultTransaction,
  { take, after }: { take: number; after?: string | null },
): Promise<{ sets: ChangeSet[]; totalCount: number }> {
  const made = { status: { in: ['APPLIED', 'UNDONE'] } };
  const [sets, totalCount] = await Promise.all([
    db.changeSet.findMany({
      where: { AND: [made, olderThan(after)] },
      orderBy: newestFirst,
      take,
    }),
    db.changeSet.count({ where: made }),
  ]);
  return { sets, totalCount };
}

/** The newest change set that is applied and can be undone at `now` in the plant of `epoch`; null without one. */
export function newestUndoable(
  db: VaultTransaction,
  epoch: bigint,
  now: Date,
): Promise<ChangeSet | null> {
  return db.changeSet.findFirst({
    where: { status: 'APPLIED', epoch, undoUntil: { gt: now } },
    orderBy: [{ appliedAt: 'desc' }, { id: 'desc' }],
  });
}

export async function markApplied(
  tx: VaultTransaction,
  id: string,
  counts: readonly ItemCount[],
): Promise<void> {
  const appliedAt = new Date();
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id });
  await tx.changeSet.update({
    where: { id },
    data: {
      status: 'APPLIED',
      counts: counts as unknown as Prisma.InputJsonArray,
      appliedAt,
      undoUntil: new Date(appliedAt.getTime() + UNDO_MS),
    },
  });
}

export async function markUndone(tx: VaultTransaction, id: string, by: Actor): Promise<void> {
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id });
  await tx.changeSet.update({
    where: { id },
    data: { status: 'UNDONE', undoneAt: new Date(), ...authorColumns('undoneBy', by) },
  });
}

export async function markUndoing(tx: VaultTransaction, id: string, undoJobId: string) {
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id });
  return tx.changeSet.update({ where: { id }, data: { undoJobId } });
}

/** A change set that was not made. */
export async function markFailed(tx: VaultTransaction, id: string): Promise<void> {
  await publish(tx, { kind: 'CHANGE_SETS_CHANGED', id });
  await tx.changeSet.updateMany({ where: { id, status: 'PREPARING' }, data: { status: 'FAILED' } });
}

/** Forgets the rows of change sets that cannot be undone any more. */
export async function forgetRows(db: VaultTransaction, now: Date): Promise<void> {
  await db.changeSetRow.deleteMany({
    where: {
      changeSet: { OR: [{ status: 'UNDONE' }, { status: 'APPLIED', undoUntil: { lt: now } }] },
    },
  });
}
