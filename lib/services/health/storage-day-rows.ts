import type { StorageDay } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { latestDate } from '../backups/newest-rows.ts';
import { dateText } from '../schedule/night-times.ts';
import type { Server } from '../server.ts';

export type { StorageDay };

export type StorageLevel = 'OK' | 'LOW' | 'FULL';

/** Bytes on disk, without the files of posts. */
export interface MeasuredBytes {
  readonly backupBytes: bigint;
  readonly databaseBytes: bigint;
}

/** Bytes of all files of posts, which the plant records. */
export async function measurePostFiles(
  plant: Pick<Server['plant'], 'storedFile'>,
): Promise<bigint> {
  const files = await plant.storedFile.aggregate({ _sum: { bytes: true } });
  return files._sum.bytes ?? 0n;
}

/** Bytes of stored chunks and kept archive heads, and of the whole database. */
export async function measureBytes(db: VaultTransaction): Promise<MeasuredBytes> {
  const [measured] = await db.$queryRaw<MeasuredBytes[]>`
    SELECT (SELECT coalesce(sum(stored_bytes), 0) FROM vault.chunk)::bigint
           + (SELECT coalesce(sum(bytes), 0) FROM vault.archive_head WHERE status = 'READY')::bigint
             AS "backupBytes",
           pg_database_size(current_database())::bigint AS "databaseBytes"`;
  return measured ?? { backupBytes: 0n, databaseBytes: 0n };
}

/** The last measurement up to today; null before the first. A clock that was ahead measured later days. */
export function lastStorageDay(db: VaultTransaction, now: Date): Promise<StorageDay | null> {
  return db.storageDay.findFirst({
    where: { day: { lte: new Date(dateText(now)) } },
    orderBy: { day: 'desc' },
  });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Whether a backup was made or entered the list after `at` and up to `now`, so that a measurement of `at` lacks it.
 * Misses the backups of jobs that took longer than a day.
 */
export async function isBackupSince(db: VaultTransaction, at: Date, now: Date): Promise<boolean> {
  const since = { gt: at, lte: now };
  const made = await db.backup.findFirst({ where: { status: 'READY', createdAt: since } });
  if (made) return true;
  const entered = await db.job.findFirst({
    where: {
      kind: { in: ['CREATE_BACKUP', 'CHECK_UPLOAD'] },
      status: 'SUCCEEDED',
      createdAt: { gt: new Date(at.getTime() - DAY_MS) },
      endedAt: since,
    },
  });
  return entered !== null;
}

/** A span of time; what a wrong clock dated later than now is not in it. */
export interface Span {
  readonly since: Date;
  readonly now: Date;
}

/** The measurements of these days, oldest first. */
export function storageDays(db: VaultTransaction, { since, now }: Span): Promise<StorageDay[]> {
  return db.storageDay.findMany({
    where: { day: { gte: since, lte: new Date(dateText(now)) } },
    orderBy: { day: 'asc' },
  });
}

/** One transaction at a time records a measurement, so each change of level is noticed once. */
export async function lockStorageDays(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: storage days', 0))`;
}

/** Records the measurement of a day, replacing an earlier one. */
export async function writeStorageDay(
  tx: VaultTransaction,
  { day, ...measured }: StorageDay,
): Promise<void> {
  await tx.storageDay.upsert({ where: { day }, create: { day, ...measured }, update: measured });
}

/** What the backups of a day (UTC) added; removed backups do not count. */
export interface BackupDay {
  readonly day: string;
  readonly count: number;
  readonly addedBytes: bigint;
  /** Archive size of the day's newest backup of this network; null if there are only uploads. */
  readonly archiveSize: bigint | null;
}

export function backupDays(db: VaultTransaction, { since, now }: Span): Promise<BackupDay[]> {
  return db.$queryRaw<BackupDay[]>`
    SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS count,
           sum(stored_size)::bigint AS "addedBytes",
           (array_agg(archive_size ORDER BY created_at DESC) FILTER (WHERE kind <> 'UPLOADED'))[1] AS "archiveSize"
      FROM vault.backup WHERE status = 'READY' AND created_at BETWEEN ${since} AND ${latestDate(now)}
     GROUP BY 1 ORDER BY 1`;
}

/**
 * Bytes that each of the newest backups of this network added, newest first. The oldest backup of all is left out,
 * because it stored everything.
 */
export async function recentAdditions(
  db: VaultTransaction,
  most: number,
  now: Date,
): Promise<{ readonly createdAt: Date; readonly storedSize: bigint }[]> {
  return db.$queryRaw<{ createdAt: Date; storedSize: bigint }[]>`
    SELECT created_at AS "createdAt", stored_size AS "storedSize" FROM vault.backup
     WHERE status = 'READY' AND kind <> 'UPLOADED' AND created_at <= ${latestDate(now)}
       AND created_at > (SELECT min(created_at) FROM vault.backup WHERE kind <> 'UPLOADED')
     ORDER BY created_at DESC LIMIT ${most}`;
}
