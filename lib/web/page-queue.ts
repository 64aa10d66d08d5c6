import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FairQueue } from '#services/fair-queue.ts';

/** A page that takes longer waits for the database, which others need not wait for. */
const TURN_MS = 10_000;

/** Renders few pages at once, so that whoever asks for many hardly delays what others ask of the one thread. */
export class PageQueue {
  readonly #queue = new FairQueue({ atOnce: 4, waitingPerKey: 200, waiting: 1_000 });
  readonly #turnMs: number;

  constructor(turnMs = TURN_MS) {
    this.#turnMs = turnMs;
  }

  /**
   * Has `render` answer when it is the turn of `network`, unless the client is gone by then. Throws RATE_LIMITED where
   * too many wait.
   */
  async render(
    network: string,
    response: Pick<ServerResponse, 'destroyed'>,
    render: () => Promise<void>,
  ): Promise<void> {
    let rendered: Promise<void> | null = null;
    await this.#queue.run(network, async () => {
      if (response.destroyed) return;
      rendered = render();
      await settledWithin(rendered, this.#turnMs);
    });
    await rendered;
  }
}

async function settledWithin(work: Promise<void>, ms: number): Promise<void> {
  const done = new AbortController();
  const settled = work.catch(() => {}).finally(() => done.abort());
  await Promise.race([settled, sleep(ms, undefined, { signal: done.signal }).catch(() => {})]);
}
