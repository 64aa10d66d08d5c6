import { setTimeout as sleep } from 'node:timers/promises';

/** How often something is tried, and how long the waits between are at most. They grow twofold from the first. */
export interface Patience {
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/**
 * Does `work` again where it failed with what `isTransient` says may pass, after a wait. Throws the last failure, or
 * the signal's reason.
 */
export async function retry<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  patience: Patience,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (tries >= patience.tries || !isTransient(error)) throw error;
    }
    await sleep(waitMs(tries, patience), undefined, { signal }).catch(() => {});
  }
}

/** "Full jitter": many that failed at once do not come back at once. */
function waitMs(tries: number, { firstWaitMs, longestWaitMs }: Patience): number {
  return Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
}

/** Lets `most` run at once; the others wait in their order. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
