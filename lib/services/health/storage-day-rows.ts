import type { StorageDay } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type { StorageDay };

export type StorageLevel = 'OK' | 'LOW' | 'FULL';

/** Bytes as they lie, but for the files of posts, which the plant knows of. */
export interface MeasuredBytes {
  readonly backupBytes: bigint;
  readonly databaseBytes: bigint;
}

/** Chunks that are written, heads of archives that are kept, and the database with everything in it. */
export async function measureBytes(db: VaultTransaction): Promise<MeasuredBytes> {
  const [measured] = await db.$queryRaw<MeasuredBytes[]>`
    SELECT (SELECT coalesce(sum(stored_bytes), 0) FROM vault.chunk)::bigint
           + (SELECT coalesce(sum(bytes), 0) FROM vault.archive_head WHERE status = 'READY')::bigint
             AS "backupBytes",
           pg_database_size(current_database())::bigint AS "databaseBytes"`;
  return measured ?? { backupBytes: 0n, databaseBytes: 0n };
}

/** What was measured last, on whatever day; null before the first time. */
export function lastStorageDay(db: VaultTransaction): Promise<StorageDay | null> {
  return db.storageDay.findFirst({ orderBy: { day: 'desc' } });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Whether a backup was made after `at` and up to `now`, or came into the list then: what was measured at `at` does
 * not tell of it. Of jobs that took longer than a day it is not seen.
 */
export async function isBackupSince(db: VaultTransaction, at: Date, now: Date): Promise<boolean> {
  const since = { gt: at, lte: now };
  const made = await db.backup.findFirst({ where: { status: 'READY', createdAt: since } });
  if (made) return true;
  const entered = await db.job.findFirst({
    where: {
      ...{ kind: { in: ['CREATE_BACKUP', 'CHECK_UPLOAD'] }, status: 'SUCCEEDED' },
      ...{ createdAt: { gt: new Date(at.getTime() - DAY_MS) }, endedAt: since },
    },
  });
  return entered !== null;
}

/** What was measured on the days from `since` on, oldest first. */
export function storageDays(db: VaultTransaction, since: Date): Promise<StorageDay[]> {
  return db.storageDay.findMany({ where: { day: { gte: since } }, orderBy: { day: 'asc' } });
}

/** Until the transaction ends nobody else writes down what was measured, so each change of level is seen by one. */
export async function lockStorageDays(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: storage days', 0))`;
}

/** Writes down what was measured on a day, in place of what was measured on it before. */
export async function writeStorageDay(
  tx: VaultTransaction,
  { day, ...measured }: StorageDay,
): Promise<void> {
  await tx.storageDay.upsert({ where: { day }, create: { day, ...measured }, update: measured });
}

/** What the backups that were made on a day (UTC) and are still there added. */
export interface BackupDay {
  readonly day: string;
  readonly count: number;
  readonly addedBytes: bigint;
  /** Of the newest that is of this network; null where there are only uploads. */
  readonly archiveSize: bigint | null;
}

export function backupDays(db: VaultTransaction, since: Date): Promise<BackupDay[]> {
  return db.$queryRaw<BackupDay[]>`
    SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS count,
           sum(stored_size)::bigint AS "addedBytes",
           (array_agg(archive_size ORDER BY created_at DESC) FILTER (WHERE kind <> 'UPLOADED'))[1] AS "archiveSize"
      FROM vault.backup WHERE status = 'READY' AND created_at >= ${since}
     GROUP BY 1 ORDER BY 1`;
}

/**
 * Bytes that each of the newest backups of this network added, newest first; the oldest of all is left out,
 * because it stored everything.
 */
export async function recentAdditions(
  db: VaultTransaction,
  most: number,
): Promise<{ readonly createdAt: Date; readonly storedSize: bigint }[]> {
  return db.$queryRaw<{ createdAt: Date; storedSize: bigint }[]>`
    SELECT created_at AS "createdAt", stored_size AS "storedSize" FROM vault.backup
     WHERE status = 'READY' AND kind <> 'UPLOADED'
       AND created_at > (SELECT min(created_at) FROM vault.backup WHERE kind <> 'UPLOADED')
     ORDER BY created_at DESC LIMIT ${most}`;
}
