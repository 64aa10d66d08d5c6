import { RESERVE_BYTES } from '../space.ts';
import type { StorageDay, StorageLevel } from './storage-day-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Fewer days tell no growth. */
const LEAST_DAYS = 3;
/** A store that is full in less is warned about. */
const WARN_DAYS = 14;
const WARN_BYTES = 1024n ** 3n;
/** So many more backups like the last ones should fit. */
const WARN_BACKUPS = 10n;

export interface Forecast {
  /** What the days before added; null while nothing is known. */
  readonly bytesPerDay: bigint | null;
  /** Null where the disk does not fill, or nobody knows. */
  readonly daysUntilFull: number | null;
  /** What the next backup may need; null before the second one. */
  readonly nextBackupBytes: bigint | null;
  readonly nextBackupFits: boolean;
}

export interface SpaceHistory {
  readonly days: readonly StorageDay[];
  /** Bytes that the newest backups added, the first of all left out; newest first. */
  readonly additions: readonly { readonly createdAt: Date; readonly storedSize: bigint }[];
}

/** What the days before say of those to come. `freeBytes` null: nobody knows, and so everything fits. */
export function forecast(
  { days, additions }: SpaceHistory,
  freeBytes: bigint | null,
  now: Date,
): Forecast {
  const bytesPerDay = growth(days) ?? additionsADay(additions, now);
  const nextBackupBytes = usualAddition(additions);
  return {
    bytesPerDay: bytesPerDay === null ? null : BigInt(Math.round(bytesPerDay)),
    daysUntilFull:
      bytesPerDay !== null && bytesPerDay > 0 && freeBytes !== null
        ? Number(freeBytes) / bytesPerDay
        : null,
    nextBackupBytes,
    nextBackupFits:
      freeBytes === null || freeBytes >= (nextBackupBytes ?? 0n) + BigInt(RESERVE_BYTES),
  };
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

/** Bytes a day by least squares over what was measured; null where that is too little. */
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

/** The same by what backups added, while nobody has measured for long enough. */
function additionsADay(additions: SpaceHistory['additions'], now: Date): number | null {
  const oldest = additions.at(-1);
  if (!oldest) return null;
  const days = Math.max(1, (now.getTime() - oldest.createdAt.getTime()) / DAY_MS);
  return additions.reduce((sum, one) => sum + Number(one.storedSize), 0) / days;
}

/** Twice the median: one night on which thousands of photos came tells nothing of the next. */
function usualAddition(additions: SpaceHistory['additions']): bigint | null {
  if (additions.length === 0) return null;
  const sorted = additions
    .map((one) => one.storedSize)
    .sort((one, other) => (one < other ? -1 : 1));
  return 2n * (sorted[sorted.length >> 1] ?? 0n);
}
