import type { VaultEvent } from './channel.ts';

/** A change, or `REFETCH`: changes may have been missed, so read again what you show. */
export type HubEvent = VaultEvent | { readonly kind: 'REFETCH'; readonly id: null };

const refetch: HubEvent = { kind: 'REFETCH', id: null };
const MAX_WAITING = 256;

/**
 * Events for one reader, which may be slower than they come. An event that waits already is not added
 * again. Past MAX_WAITING all of them become a single REFETCH, so memory is bounded.
 */
export class EventQueue implements AsyncIterableIterator<HubEvent> {
  readonly #waiting = new Map<string, HubEvent>();
  readonly #onClose: () => void;
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  push(event: HubEvent): void {
    if (this.#closed) return;
    if (this.#waiting.size >= MAX_WAITING) this.#refetch();
    if (event.kind === 'REFETCH') this.#refetch();
    else this.#waiting.set(keyOf(event), event);
    this.#wake?.();
  }

  /** REFETCH replaces what waits, but for the last swap, which readers act on by itself. */
  #refetch(): void {
    const swaps = [...this.#waiting.values()].filter((event) => event.kind === 'PLANT_SWAPPED');
    this.#waiting.clear();
    this.#waiting.set(keyOf(refetch), refetch);
    for (const swap of swaps.slice(-1)) this.#waiting.set(keyOf(swap), swap);
  }

  async next(): Promise<IteratorResult<HubEvent>> {
    while (this.#waiting.size === 0 && !this.#closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#wake = null;
    for (const [key, event] of this.#waiting) {
      this.#waiting.delete(key);
      return { done: false, value: event };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<HubEvent>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Ends the reader's loop and drops what waits. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.clear();
    this.#wake?.();
    this.#onClose();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function keyOf(event: HubEvent): string {
  return `${event.kind} ${event.id ?? ''}`;
}
