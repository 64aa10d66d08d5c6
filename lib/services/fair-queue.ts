import { FiberkeepError } from '#errors';

interface Limits {
  readonly atOnce: number;
  /** How many may wait in all, and for one key. */
  readonly waiting: number;
  readonly waitingPerKey: number;
}

const RETRY_SECONDS = 2;

/**
 * Runs dear work, a few at once. Keys take turns, so whoever asks for much waits for themselves and hardly
 * delays anybody else.
 */
export class FairQueue {
  readonly #limits: Limits;
  /** The waiting starts by key; the key whose turn is next comes first. */
  readonly #turns = new Map<string, (() => void)[]>();
  #running = 0;
  #waiting = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Answers what `work` does. Throws RATE_LIMITED at once where too many wait. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.atOnce) await this.#wait(key);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#startNext();
    }
  }

  #wait(key: string): Promise<void> {
    const { waiting, waitingPerKey } = this.#limits;
    const mine = this.#turns.get(key) ?? [];
    if (this.#waiting >= waiting || mine.length >= waitingPerKey) throw tooBusy();
    this.#turns.set(key, mine);
    this.#waiting += 1;
    return new Promise((start) => mine.push(start));
  }

  /** Hands the place of the work that ended to the next key, which then goes to the end of the line. */
  #startNext(): void {
    const [turn] = this.#turns;
    if (!turn) {
      this.#running -= 1;
      return;
    }
    const [key, mine] = turn;
    this.#turns.delete(key);
    const start = mine.shift();
    if (mine.length > 0) this.#turns.set(key, mine);
    this.#waiting -= 1;
    start?.();
  }
}

function tooBusy(): FiberkeepError {
  return new FiberkeepError('RATE_LIMITED', {
    reason: 'tooManyAtOnce',
    params: { seconds: RETRY_SECONDS },
    retryAfterSeconds: RETRY_SECONDS,
  });
}
