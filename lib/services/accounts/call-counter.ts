import type { RateLimit } from '#vault/rate-limits.ts';

/** Calls with one key to one web process. */
export const CALL_LIMIT: RateLimit = { points: 1_200, windowMs: 60 * 1000 };

/**
 * Counts calls in this process alone, so that counting costs no SQL. The windows of all callers begin
 * together, so there are at most as many counters as callers within one window.
 */
export class CallCounter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  readonly #calls = new Map<string, number>();
  #began: number;

  constructor(limit: RateLimit, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
    this.#began = now();
  }

  /** Counts one call. Answers 0 within the limit, else the seconds until calls are accepted again. */
  count(caller: string): number {
    const now = this.#now();
    if (now - this.#began >= this.#limit.windowMs) {
      this.#calls.clear();
      this.#began = now;
    }
    const calls = (this.#calls.get(caller) ?? 0) + 1;
    this.#calls.set(caller, calls);
    if (calls <= this.#limit.points) return 0;
    return Math.max(1, Math.ceil((this.#began + this.#limit.windowMs - now) / 1000));
  }
}
