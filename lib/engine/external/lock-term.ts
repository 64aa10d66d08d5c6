const DAY_MS = 24 * 60 * 60 * 1000;

/** For how long objects are locked that a run sends or uses again. */
export interface LockTerm {
  /** Each of them is locked at least until then. */
  readonly atLeast: Date;
  /** Those that are put or extended are locked until then. */
  readonly until: Date;
}

/**
 * Half as long again as was asked for: so an object that every backup uses is extended once in half of `days`, not by
 * each run. `now` is the place's clock: a wrong one here could lock for years.
 */
export function lockTerm(days: number, now: Date): LockTerm {
  return {
    atLeast: new Date(now.getTime() + days * DAY_MS),
    until: new Date(now.getTime() + Math.ceil(days * 1.5) * DAY_MS),
  };
}
