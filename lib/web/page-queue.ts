import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FairQueue } from '#services/fair-queue.ts';

/** A page that takes longer waits for the database, which others need not wait for. */
const TURN_MS = 10_000;
const LOOK_MS = 10;

/** What is asked of a response: whether it waits for its client. */
type Answer = Pick<ServerResponse, 'destroyed' | 'writableEnded' | 'writableNeedDrain'>;

/** Renders few pages at once, so that whoever asks for many hardly delays what others ask of the one thread. */
export class PageQueue {
  readonly #queue = new FairQueue({ atOnce: 4, waitingPerKey: 200, waiting: 1_000 });
  readonly #turnMs: number;

  constructor(turnMs = TURN_MS) {
    this.#turnMs = turnMs;
  }

  /**
   * Has `render` answer when it is the turn of `network`, unless the client is gone by then. The turn ends when the
   * page is rendered, or waits for its client to take what is there. Throws RATE_LIMITED where too many wait.
   */
  async render(network: string, response: Answer, render: () => Promise<void>): Promise<void> {
    let rendered: Promise<void> | null = null;
    await this.#queue.run(network, async () => {
      if (response.destroyed) return;
      rendered = render();
      await isWithClient(rendered, response, this.#turnMs);
    });
    await rendered;
  }
}

/** Next's promise settles only once the client has taken the whole page. */
async function isWithClient(rendered: Promise<void>, response: Answer, ms: number): Promise<void> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  rendered.then(settle, settle);
  const deadline = performance.now() + ms;
  const waits = () => response.destroyed || response.writableEnded || response.writableNeedDrain;
  while (!settled && !waits() && performance.now() < deadline) await sleep(LOOK_MS);
}
