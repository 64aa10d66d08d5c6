import type { BackupKind } from '#engine/ports.ts';

/** How many automatic backups stay: what any of the four keeps is kept. */
export interface RetentionRule {
  /** The newest, whatever their dates; at least 1 is kept. */
  readonly keepLast: number;
  /** The newest of each of so many days, weeks (from Monday) and months that have one. */
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  /** IANA name, in which dates are meant. */
  readonly timeZone: string;
}

/** What retention looks at of a backup. */
export interface RetentionBackup {
  readonly id: string;
  readonly kind: BackupKind;
  /** Its scheduled moment, of an automatic one, or else when it was made. */
  readonly at: Date;
  readonly pinned: boolean;
  /** Its last restore test brought it back whole. */
  readonly tested: boolean;
  /** Of a SAFETY one: what it was taken of can still be brought back by an undo, or waits for it. */
  readonly undoable: boolean;
  /** A job reads it. */
  readonly inUse: boolean;
}

export type KeepReason =
  | 'PINNED'
  | 'MANUAL'
  | 'UPLOADED'
  | 'UNDO_WINDOW'
  | 'NEWEST'
  | 'LAST'
  | 'DAILY'
  | 'WEEKLY'
  | 'MONTHLY'
  | 'LAST_TESTED'
  | 'IN_USE';

/** Why a backup stays; it is removed where there is no reason. */
export interface Retained {
  readonly id: string;
  readonly reasons: readonly KeepReason[];
}

/**
 * Decides which backups stay, newest first; those of one moment in order of their ids, so that the answer
 * depends on nothing but the backups. Deciding night by night keeps what deciding once over all of them
 * would keep: the newest of a day, week or month that is over stays the newest.
 */
export function decideRetention(
  backups: readonly RetentionBackup[],
  rule: RetentionRule,
): Retained[] {
  const newestFirst = [...backups].sort(
    (one, other) => other.at.getTime() - one.at.getTime() || (one.id < other.id ? 1 : -1),
  );
  const byRule = keptByRule(
    newestFirst.filter(({ kind }) => kind === 'AUTOMATIC'),
    rule,
  );
  const lastTested = newestTested(newestFirst);
  return newestFirst.map((backup) => ({
    id: backup.id,
    reasons: [
      ...ownReasons(backup),
      ...(byRule.get(backup.id) ?? []),
      ...(lastTested.has(backup.id) ? (['LAST_TESTED'] as const) : []),
    ],
  }));
}

function ownReasons({ kind, pinned, undoable, inUse }: RetentionBackup): KeepReason[] {
  const reasons: KeepReason[] = [];
  if (pinned) reasons.push('PINNED');
  if (kind === 'MANUAL' || kind === 'UPLOADED') reasons.push(kind);
  if (kind === 'SAFETY' && undoable) reasons.push('UNDO_WINDOW');
  if (inUse) reasons.push('IN_USE');
  return reasons;
}

/** The newest of all that are tested, and the newest automatic one: an old upload that is tested is no night. */
function newestTested(newestFirst: readonly RetentionBackup[]): Set<string> {
  const tested = newestFirst.filter((backup) => backup.tested);
  const newest = [tested[0], tested.find(({ kind }) => kind === 'AUTOMATIC')];
  return new Set(newest.flatMap((backup) => (backup ? [backup.id] : [])));
}

function keptByRule(
  newestFirst: readonly RetentionBackup[],
  rule: RetentionRule,
): Map<string, KeepReason[]> {
  const kept = new Map<string, KeepReason[]>();
  const calendar = openCalendar(rule.timeZone);
  const periods = [
    openPeriod('DAILY', rule.keepDaily, (day) => day),
    openPeriod('WEEKLY', rule.keepWeekly, weekOf),
    openPeriod('MONTHLY', rule.keepMonthly, monthOf),
  ];
  for (const [n, { id, at }] of newestFirst.entries()) {
    const day = calendar(at);
    const reasons: KeepReason[] = n === 0 ? ['NEWEST'] : [];
    if (n < rule.keepLast) reasons.push('LAST');
    for (const period of periods) if (period.keeps(day)) reasons.push(period.reason);
    kept.set(id, reasons);
  }
  return kept;
}

/** Keeps the first that is asked about of each of the first `most` periods that come by. */
function openPeriod(reason: KeepReason, most: number, periodOf: (day: number) => number) {
  const seen = new Set<number>();
  return {
    reason,
    keeps(day: number): boolean {
      const period = periodOf(day);
      if (seen.has(period) || seen.size >= most) return false;
      seen.add(period);
      return true;
    },
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** 1970-01-01 was a Thursday. */
function weekOf(day: number): number {
  return Math.floor((day + 3) / 7);
}

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Tells of an instant the local date as the number of days since 1970-01-01. */
function openCalendar(timeZone: string): (at: Date) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (at) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day ?? 1) / DAY_MS;
  };
}
