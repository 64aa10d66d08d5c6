import { dueNights, type Moment, type NightTime, nextNight } from './night-times.ts';

/** What the ledger knows when somebody looks at it. */
export interface LedgerView {
  /** Dates from `owedFrom` on that have no row yet. */
  readonly open: readonly string[];
  /** The first local date that is owed a backup. */
  readonly owedFrom: string;
  readonly when: NightTime;
  /** By what the ledger was looked at before: something else is a change of the schedule. */
  readonly whenBefore: NightTime;
}

export interface NightPlan {
  /** To be run now, oldest first. */
  readonly begin: readonly Moment[];
  /** To be written down as missed. */
  readonly missed: readonly Moment[];
  readonly owedFrom: string;
}

/**
 * What is to be done at `now`. A date that has its row never runs again, and the next night to come is always
 * owed. Of nights that went by while the server was down the newest runs, the others are missed; nights that
 * only a change of time or zone put into the past all run, so that no date goes without.
 */
export function planNights(view: LedgerView, now: Date): NightPlan {
  const next = nextNight(now, view.when).localDate;
  const [owedFrom = next] = [view.owedFrom, next].sort();
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
  };
}
