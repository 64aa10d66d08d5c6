import { publish } from '#events/channel.ts';
import { type Backup, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { latestDate } from '../backups/newest-rows.ts';
import { newestFirst } from '../page.ts';
import { type Anomaly, USUAL_OF } from './anomaly.ts';
import {
  type ChangeCounts,
  type ChangeEntry,
  changeEntries,
  changesColumn,
  sumOf,
} from './backup-changes.ts';

/** Backups of the network in use, whose changes are counted: not of a replaced one, and not from elsewhere. */
const counted = { status: 'READY', kind: { in: ['MANUAL', 'AUTOMATIC', 'INTRADAY'] } };
const known = { ...counted, changesSince: { not: null } };
/** Nobody needs to be told for longer. */
const TOLD_MS = 7 * 24 * 60 * 60 * 1000;

/** The newest backup before this one whose network it goes on; null for the first, and for a backup of another one. */
export async function countedSince(
  db: VaultTransaction,
  { id, kind, createdAt }: Pick<Backup, 'id' | 'kind' | 'createdAt'>,
): Promise<Backup | null> {
  if (!counted.kind.in.includes(kind)) return null;
  return db.backup.findFirst({
    where: { ...counted, id: { not: id }, createdAt: { lte: createdAt } },
    orderBy: newestFirst,
  });
}

/** Writes down what changed. False where the backup is gone. */
export async function setChanges(
  tx: VaultTransaction,
  id: string,
  found: {
    readonly sinceId: string;
    readonly entries: readonly ChangeEntry[];
    readonly anomaly: Anomaly | null;
  },
): Promise<boolean> {
  const { count } = await tx.backup.updateMany({
    where: { id, status: 'READY' },
    data: {
      changes: changesColumn(found.entries),
      changesSince: found.sinceId,
      anomaly: found.anomaly ? { ...found.anomaly } : Prisma.DbNull,
    },
  });
  if (count > 0) await publish(tx, { kind: 'BACKUPS_CHANGED', id });
  return count > 0;
}

/** What changed in the newest backups before this one where it is known. */
export async function changesBefore(
  db: VaultTransaction,
  { id, createdAt }: Pick<Backup, 'id' | 'createdAt'>,
): Promise<ChangeCounts[]> {
  const rows = await db.backup.findMany({
    where: { ...known, id: { not: id }, createdAt: { lte: createdAt } },
    orderBy: newestFirst,
    take: USUAL_OF,
    select: { changes: true },
  });
  return rows.map((row) => sumOf(changeEntries(row) ?? []));
}

/** What changed before the newest backup; null where it is not known. */
export async function newestChanges(db: VaultTransaction, now: Date): Promise<ChangeCounts | null> {
  const newest = await db.backup.findFirst({
    where: { ...counted, createdAt: { lte: latestDate(now) } },
    orderBy: newestFirst,
    select: { changes: true },
  });
  const entries = newest && changeEntries(newest);
  return entries && sumOf(entries);
}

/** Whether the network was restored, or a restore undone, after the first moment and up to the second. */
export async function wasRestoredBetween(
  db: VaultTransaction,
  after: Date,
  until: Date,
): Promise<boolean> {
  const between = { gt: after, lte: until };
  const restores = await db.restore.count({
    where: { OR: [{ appliedAt: between }, { undoneAt: between }] },
  });
  return restores > 0;
}

/** The newest backup of the last week in which far more changed than usual, and which nobody compared yet. */
export function newestUnusual(db: VaultTransaction, now: Date): Promise<Backup | null> {
  return db.backup.findFirst({
    where: {
      status: 'READY',
      anomaly: { not: Prisma.DbNull },
      anomalySeenAt: null,
      createdAt: { gt: new Date(now.getTime() - TOLD_MS), lte: latestDate(now) },
    },
    orderBy: newestFirst,
  });
}

/** Somebody has what changed between the two moments before their eyes. */
export async function markAnomaliesSeen(
  tx: VaultTransaction,
  one: Date,
  other: Date,
): Promise<void> {
  const [from, to] = one < other ? [one, other] : [other, one];
  const seen = await tx.backup.updateManyAndReturn({
    where: {
      anomaly: { not: Prisma.DbNull },
      anomalySeenAt: null,
      createdAt: { gt: from, lte: to },
    },
    data: { anomalySeenAt: new Date() },
    select: { id: true },
  });
  for (const { id } of seen) await publish(tx, { kind: 'BACKUPS_CHANGED', id });
}
