import { dueNights, type Moment, type NightTime, nextNight } from './night-times.ts';

/** The state of the ledger when it is read. */
export interface LedgerView {
  /** Dates since `owedFrom` that have no row yet. */
  readonly open: readonly string[];
  /** The first local date that is owed a backup. */
  readonly owedFrom: string;
  /** A later `owedFrom` from before the clock was set back; null if there was none. */
  readonly owedBefore: string | null;
  /** When the ledger was last settled; null if never. */
  readonly lookedAt: Date | null;
  readonly when: NightTime;
  /** Time and zone when the ledger was last settled. If `when` differs, the schedule was changed. */
  readonly whenBefore: NightTime;
}

export interface NightPlan {
  /** Nights to begin now, oldest first. */
  readonly begin: readonly Moment[];
  /** Nights to record as missed. */
  readonly missed: readonly Moment[];
  readonly owedFrom: string;
  readonly owedBefore: string | null;
}

/** A running worker settles the ledger more often. After a longer gap it was down, or the clock jumped. */
const JUMP_MS = 2 * 24 * 60 * 60 * 1000;

/** Whether the clock jumped forward between `lookedAt` and `now`. */
export function jumped(lookedAt: Date | null, now: Date): boolean {
  return lookedAt !== null && now.getTime() - lookedAt.getTime() > JUMP_MS;
}

/**
 * What to do at `now`. A date that has its row never runs again, and the next night is always owed. Of the nights
 * that passed while the server was down, the newest runs and the others are missed. Nights that are in the past
 * only because time or zone changed all run, so every date gets a backup.
 */
export function planNights(view: LedgerView, now: Date): NightPlan {
  const next = nextNight(now, view.when).localDate;
  const { owedFrom, owedBefore } = owedSince(view, next, now);
  const owed = view.open.filter((localDate) => localDate >= owedFrom);
  const due = dueNights(owed, now, view.when);
  const dueBefore = new Set(
    dueNights(owed, now, view.whenBefore).map(({ localDate }) => localDate),
  );
  const wentBy = due.filter(({ localDate }) => dueBefore.has(localDate));
  const newest = wentBy.at(-1);
  return {
    begin: due.filter((night) => night === newest || !dueBefore.has(night.localDate)),
    missed: wentBy.slice(0, -1),
    owedFrom,
    owedBefore,
  };
}

/**
 * The first date that is owed. A clock that is set back moves it to the next night by that clock. If the clock then
 * jumps past the former date, it had been wrong, and the dates in between are not owed.
 */
function owedSince({ owedFrom, owedBefore, lookedAt }: LedgerView, next: string, now: Date) {
  const wasWrong = owedBefore !== null && owedBefore <= next && jumped(lookedAt, now);
  const since = wasWrong ? owedBefore : owedFrom;
  return movedTo(since <= next ? since : next, { owedFrom: since, owedBefore });
}

/** Moves `owedFrom` to another date, and keeps the latest former one if it is later. */
export function movedTo(
  date: string,
  { owedFrom, owedBefore }: Pick<LedgerView, 'owedFrom' | 'owedBefore'>,
): Pick<LedgerView, 'owedFrom' | 'owedBefore'> {
  const [latest = owedFrom] = [owedFrom, owedBefore ?? owedFrom].sort().reverse();
  return { owedFrom: date, owedBefore: latest > date ? latest : null };
}
