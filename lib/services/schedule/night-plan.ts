import { dueNights, type Moment, type NightTime, nextNight } from './night-times.ts';

/** What the ledger knows when somebody looks at it. */
export interface LedgerView {
  /** Dates from `owedFrom` on that have no row yet. */
  readonly open: readonly string[];
  /** The first local date that is owed a backup. */
  readonly owedFrom: string;
  /** A later one that held before a clock went back; null where none did. */
  readonly owedBefore: string | null;
  /** When the ledger was last settled; null where nobody noted it. */
  readonly lookedAt: Date | null;
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
  readonly owedBefore: string | null;
}

/** While a worker runs the ledger is settled more often: later than this it was down, or the clock jumped. */
const JUMP_MS = 2 * 24 * 60 * 60 * 1000;

/** Whether the clock did not come to `now` step by step since `lookedAt`. */
export function jumped(lookedAt: Date | null, now: Date): boolean {
  return lookedAt !== null && now.getTime() - lookedAt.getTime() > JUMP_MS;
}

/**
 * What is to be done at `now`. A date that has its row never runs again, and the next night to come is always
 * owed. Of nights that went by while the server was down the newest runs, the others are missed; nights that
 * only a change of time or zone put into the past all run, so that no date goes without.
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
    ...{ owedFrom, owedBefore },
  };
}

/**
 * From when on dates are owed. A clock that goes back pulls it to the next night by that clock. If the clock then
 * jumps over what held before, it had been wrong, and the years between were none of the server's.
 */
function owedSince({ owedFrom, owedBefore, lookedAt }: LedgerView, next: string, now: Date) {
  const wasWrong = owedBefore !== null && owedBefore <= next && jumped(lookedAt, now);
  const since = wasWrong ? owedBefore : owedFrom;
  return movedTo(since <= next ? since : next, { owedFrom: since, owedBefore });
}

/** `owedFrom` moved to another date, with the latest that held before, if any is later. */
export function movedTo(
  date: string,
  { owedFrom, owedBefore }: Pick<LedgerView, 'owedFrom' | 'owedBefore'>,
): Pick<LedgerView, 'owedFrom' | 'owedBefore'> {
  const [latest = owedFrom] = [owedFrom, owedBefore ?? owedFrom].sort().reverse();
  return { owedFrom: date, owedBefore: latest > date ? latest : null };
}
