import { Temporal } from 'temporal-polyfill';
import type { BackupKind } from '#engine/ports.ts';
import { localDateOf } from './night-times.ts';

/** How many automatic backups stay. A backup stays if any of the four numbers keeps it. */
export interface RetentionRule {
  /** The newest backups, whatever their dates; at least 1 is kept. */
  readonly keepLast: number;
  /** The newest backup of each of this many days, weeks (from Monday) and months that have one. */
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  /** Of the backups between nights: those of so many hours before the newest of all. */
  readonly keepHours: number;
  /** IANA name of the zone that dates are in. */
  readonly timeZone: string;
}

/** What retention needs to know about a backup. */
export interface RetentionBackup {
  readonly id: string;
  readonly kind: BackupKind;
  /** When an automatic backup was scheduled; when any other was made. */
  readonly at: Date;
  readonly pinned: boolean;
  /** Its last restore test succeeded. */
  readonly tested: boolean;
  /** For a SAFETY backup: the restore it was made for can still be undone. */
  readonly undoable: boolean;
  /** A job is reading it. */
  readonly inUse: boolean;
  /** Dated later than now, by a wrong clock: it is never the newest, and stays until its date has come. */
  readonly ahead: boolean;
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
  | 'HOURS'
  | 'LAST_TESTED'
  | 'IN_USE'
  | 'AHEAD';

/** Why a backup stays; without a reason it is removed. */
export interface Retained {
  readonly id: string;
  readonly reasons: readonly KeepReason[];
}

/**
 * Decides which backups stay, newest first. Backups of the same moment are ordered by id, so the same backups
 * always give the same answer. Deciding every night keeps what deciding once over all backups would keep: the
 * newest of a past day, week or month stays the newest.
 */
export function decideRetention(
  backups: readonly RetentionBackup[],
  rule: RetentionRule,
): Retained[] {
  const newestFirst = [...backups].sort(
    (one, other) => other.at.getTime() - one.at.getTime() || (one.id < other.id ? 1 : -1),
  );
  const counting = newestFirst.filter(({ ahead }) => !ahead);
  const byRule = keptByRule(
    counting.filter(({ kind }) => kind === 'AUTOMATIC'),
    rule,
  );
  const lastHours = keptByHours(counting, rule);
  const lastTested = newestTested(counting);
  return newestFirst.map((backup) => ({
    id: backup.id,
    reasons: [
      ...ownReasons(backup),
      ...(byRule.get(backup.id) ?? []),
      ...(lastHours.has(backup.id) ? (['HOURS'] as const) : []),
      ...(lastTested.has(backup.id) ? (['LAST_TESTED'] as const) : []),
    ],
  }));
}

function ownReasons({ kind, pinned, undoable, inUse, ahead }: RetentionBackup): KeepReason[] {
  const reasons: KeepReason[] = [];
  if (pinned) reasons.push('PINNED');
  if (kind === 'MANUAL' || kind === 'UPLOADED') reasons.push(kind);
  if (kind === 'SAFETY' && undoable) reasons.push('UNDO_WINDOW');
  if (inUse) reasons.push('IN_USE');
  if (ahead) reasons.push('AHEAD');
  return reasons;
}

/** The newest tested backup, and the newest tested automatic one: a tested upload does not replace a night. */
function newestTested(newestFirst: readonly RetentionBackup[]): Set<string> {
  const tested = newestFirst.filter((backup) => backup.tested);
  const newest = [tested[0], tested.find(({ kind }) => kind === 'AUTOMATIC')];
  return new Set(newest.flatMap((backup) => (backup ? [backup.id] : [])));
}

/** Counted back from the newest backup, not from now: where no backup is made any more, none is removed. */
function keptByHours(newestFirst: readonly RetentionBackup[], { keepHours }: RetentionRule) {
  const [newest] = newestFirst;
  const since = newest ? newest.at.getTime() - keepHours * 60 * 60 * 1000 : 0;
  const between = newestFirst.filter(
    ({ kind, at }) => kind === 'INTRADAY' && at.getTime() >= since,
  );
  return new Set(between.map(({ id }) => id));
}

function keptByRule(
  newestFirst: readonly RetentionBackup[],
  rule: RetentionRule,
): Map<string, KeepReason[]> {
  const kept = new Map<string, KeepReason[]>();
  const periods = [
    openPeriod('DAILY', rule.keepDaily, (day) => day),
    openPeriod('WEEKLY', rule.keepWeekly, weekOf),
    openPeriod('MONTHLY', rule.keepMonthly, monthOf),
  ];
  for (const [n, { id, at }] of newestFirst.entries()) {
    const reasons: KeepReason[] = n === 0 ? ['NEWEST'] : [];
    if (n < rule.keepLast) reasons.push('LAST');
    const open = periods.filter((period) => !period.isFull());
    // Of thousands of backups most are older than all that the rule keeps: their dates are not worth the time.
    const day = open.length > 0 ? localDateOf(at, rule.timeZone) : '';
    for (const period of open) if (period.keeps(day)) reasons.push(period.reason);
    kept.set(id, reasons);
  }
  return kept;
}

/** Keeps the first backup that it sees of each of the first `most` periods. Days are ISO 8601 dates. */
function openPeriod(reason: KeepReason, most: number, periodOf: (day: string) => string) {
  const seen = new Set<string>();
  return {
    reason,
    isFull: () => seen.size >= most,
    keeps(day: string): boolean {
      const period = periodOf(day);
      if (seen.has(period)) return false;
      seen.add(period);
      return true;
    },
  };
}

/** The Monday that begins the week. */
function weekOf(day: string): string {
  const date = Temporal.PlainDate.from(day);
  return date.subtract({ days: date.dayOfWeek - 1 }).toString();
}

function monthOf(day: string): string {
  return day.slice(0, '2026-11'.length);
}
