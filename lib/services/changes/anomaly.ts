import type { Backup } from '#generated/vault/client.ts';
import type { ChangeCounts } from './backup-changes.ts';

/** Far more rows changed or went than usual. The column `backup.anomaly`. */
export interface Anomaly {
  readonly changed: number;
  readonly removed: number;
  /** The median of the backups before. */
  readonly usualChanged: number;
  readonly usualRemoved: number;
}

/** How many backups say what is usual. */
export const USUAL_OF = 30;
/** With fewer known ones nobody can say what is usual. */
const LEAST_KNOWN = 7;
/** Fewer rows are never far more than usual. */
const LEAST_ROWS = 50;
/** Makes the median deviation comparable to a standard deviation, of normally distributed values. */
const DEVIATION_SCALE = 1.4826;
const FAR_DEVIATIONS = 5;
/** Where all nights are alike the deviation is nothing, and one row more would be far. */
const FAR_TIMES = 2;

/**
 * Whether far more rows changed or went than in the backups before. By median and median deviation, which a few
 * busy days do not move. Added rows take nothing away from anybody.
 */
export function findAnomaly(
  { changed, removed }: ChangeCounts,
  before: readonly ChangeCounts[],
): Anomaly | null {
  if (before.length < LEAST_KNOWN) return null;
  const usual = before.slice(0, USUAL_OF);
  const ofChanged = usual.map((one) => one.changed);
  const ofRemoved = usual.map((one) => one.removed);
  if (!isFar(changed, ofChanged) && !isFar(removed, ofRemoved)) return null;
  return { changed, removed, usualChanged: median(ofChanged), usualRemoved: median(ofRemoved) };
}

function isFar(value: number, usual: readonly number[]): boolean {
  const middle = median(usual);
  const deviation = DEVIATION_SCALE * median(usual.map((one) => Math.abs(one - middle)));
  return (
    value >= LEAST_ROWS && value > FAR_TIMES * middle && value > middle + FAR_DEVIATIONS * deviation
  );
}

/** Rounded to whole rows. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) / 2;
  return Math.round(((sorted[Math.floor(at)] ?? 0) + (sorted[Math.ceil(at)] ?? 0)) / 2);
}

/** Null as a rule. */
export function anomalyOf({ anomaly }: Pick<Backup, 'anomaly'>): Anomaly | null {
  return anomaly as unknown as Anomaly | null;
}
