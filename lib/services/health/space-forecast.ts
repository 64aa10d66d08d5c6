import { lackOfSpace } from '#engine/backup/space.ts';
import type { LackOfSpace } from '#errors';
import type { StorageDay, StorageLevel } from './storage-day-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Growth needs at least this many days. */
const LEAST_DAYS = 3;
/** A warning begins this many days before the disk is full. */
export const WARN_DAYS = 14;
const WARN_BYTES = 1024n ** 3n;
/** A warning begins when fewer backups of the usual size would fit. */
const WARN_BACKUPS = 10n;

export interface Forecast {
  /** Average growth; null while unknown. */
  readonly bytesPerDay: bigint | null;
  /** Null if the disk is not filling up, or its space is unknown; 0 where the next backup does not fit any more. */
  readonly daysUntilFull: number | null;
  /** What the next backup may need; null before the second backup. */
  readonly nextBackupBytes: bigint | null;
  readonly nextBackupFits: boolean;
  /** What is missing for the next backup; null where it fits. */
  readonly lack: LackOfSpace | null;
}

export interface SpaceHistory {
  readonly days: readonly StorageDay[];
  /** Bytes that each of the newest backups added, without the very first; newest first. */
  readonly additions: readonly { readonly createdAt: Date; readonly storedSize: bigint }[];
}

/** Extrapolates past growth. Where `freeBytes` is null (unknown), everything is taken to fit. */
export function forecast(
  { days, additions }: SpaceHistory,
  { freeBytes, reserveBytes }: { freeBytes: bigint | null; reserveBytes: number },
  now: Date,
): Forecast {
  const bytesPerDay = growth(days) ?? additionsADay(additions, now);
  const nextBackupBytes = usualAddition(additions);
  const lack =
    freeBytes === null ? null : lackOfSpace(freeBytes, Number(nextBackupBytes ?? 0n), reserveBytes);
  return {
    bytesPerDay: bytesPerDay === null ? null : BigInt(Math.round(bytesPerDay)),
    daysUntilFull: lack ? 0 : daysLeft(freeBytes, bytesPerDay),
    nextBackupBytes,
    nextBackupFits: lack === null,
    lack,
  };
}

function daysLeft(freeBytes: bigint | null, bytesPerDay: number | null): number | null {
  if (freeBytes === null || bytesPerDay === null || bytesPerDay <= 0) return null;
  return Number(freeBytes) / bytesPerDay;
}

export function levelOf(
  { daysUntilFull, nextBackupBytes, nextBackupFits }: Forecast,
  freeBytes: bigint | null,
): StorageLevel {
  if (freeBytes === null) return 'OK';
  if (!nextBackupFits) return 'FULL';
  const few = freeBytes < WARN_BYTES || freeBytes < (nextBackupBytes ?? 0n) * WARN_BACKUPS;
  return few || (daysUntilFull ?? WARN_DAYS) < WARN_DAYS ? 'LOW' : 'OK';
}

/** Bytes a day by least squares over the measured days; null if there are too few. */
function growth(days: readonly StorageDay[]): number | null {
  const points = days.map((day) => ({
    x: day.day.getTime() / DAY_MS,
    y: Number(day.backupBytes + day.postFileBytes + day.databaseBytes),
  }));
  if (points.length < LEAST_DAYS) return null;
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}

/** Bytes a day by what backups added, until enough days are measured; null where they are of a few days only. */
function additionsADay(additions: SpaceHistory['additions'], now: Date): number | null {
  const oldest = additions.at(-1);
  if (!oldest) return null;
  const days = (now.getTime() - oldest.createdAt.getTime()) / DAY_MS;
  if (days < LEAST_DAYS) return null;
  return additions.reduce((sum, one) => sum + Number(one.storedSize), 0) / days;
}

/** Twice the median, so that one night with thousands of photos does not distort it. */
function usualAddition(additions: SpaceHistory['additions']): bigint | null {
  if (additions.length === 0) return null;
  const sorted = additions
    .map((one) => one.storedSize)
    .sort((one, other) => (one < other ? -1 : 1));
  return 2n * (sorted[sorted.length >> 1] ?? 0n);
}
