import { availableParallelism } from 'node:os';
import { ArchiveThread, HeadLost, Stretch } from './client.ts';
import { type ArchivePlace, SLOT_BYTES, type ThreadData } from './messages.ts';

const MOST_THREADS = 4;
/** Threads that are idle for this long are ended, which frees their memory. */
const IDLE_MS = 60_000;
/** For a single download two threads take turns at stretches of this size; chunks across an edge are opened twice. */
const STRETCH_BYTES = 16 * 1024 * 1024;
/** One piece goes to the socket while the next is sealed; more would only take memory. */
const SLOTS = 2;
/** A whole stretch: one thread may be this far ahead of the other. */
const SLOTS_ALONE = Math.ceil(STRETCH_BYTES / SLOT_BYTES);

interface OpenRequest {
  readonly place: ArchivePlace;
  /** Called where pieces of the kept head are missing or damaged, before that is thrown. */
  onHeadLost(): Promise<void>;
}

interface ReadRequest extends OpenRequest {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal;
}

/** The threads of a process that read archives, so that its main thread stays free to answer. */
export class ArchiveThreads {
  readonly #threads: ArchiveThread[];
  #downloads = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(data: ThreadData) {
    const count = Math.max(2, Math.min(MOST_THREADS, availableParallelism()));
    this.#threads = Array.from({ length: count }, () => new ArchiveThread(data));
  }

  /** Exact size and strong tag. Throws MANIFEST_CORRUPT, CHUNK_MISSING, CHUNK_CORRUPT, WRONG_KEY. */
  async open(request: OpenRequest): Promise<{ size: number; etag: string }> {
    try {
      return await this.#idlest().open(request.place);
    } catch (thrown) {
      throw await tellHeadLost(thrown, request);
    } finally {
      this.#endWhenIdle();
    }
  }

  /**
   * Bytes [start, end) in order. A piece is valid until the next one is asked for. Throws the signal's reason,
   * what the store throws, or INTERNAL where a thread died; never ends early.
   */
  async *read(request: ReadRequest): AsyncGenerator<Buffer, void> {
    const { place, start, end, signal } = request;
    signal.throwIfAborted();
    this.#downloads += 1;
    let current: Stretch | null = null;
    let ahead: Stretch | null = null;
    const stop = () => {
      current?.stop();
      ahead?.stop();
    };
    signal.addEventListener('abort', stop);
    try {
      for (let at = start; at < end; ) {
        const alone = this.#downloads < this.#threads.length;
        const begin = (from: number, not?: ArchiveThread) => {
          const slots = alone ? SLOTS_ALONE : SLOTS;
          const to = Math.min(end, stretchEnd(from));
          return new Stretch(this.#idlest(not), { place, start: from, end: to, slots });
        };
        current = ahead ?? begin(at);
        ahead = alone && current.end < end ? begin(current.end, current.thread) : null;
        for (let piece = await current.next(); piece; piece = await current.next()) {
          at += piece.length;
          yield piece;
        }
        signal.throwIfAborted();
      }
    } catch (thrown) {
      throw await tellHeadLost(thrown, request);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      this.#downloads -= 1;
      this.#endWhenIdle();
    }
  }

  /** Ends the threads: open requests fail, and the next one starts them anew. */
  end(): void {
    for (const thread of this.#threads) thread.end();
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#threads.every(({ busy }) => busy === 0)) this.end();
    }, IDLE_MS).unref();
  }

  #idlest(not?: ArchiveThread): ArchiveThread {
    const others = this.#threads.filter((thread) => thread !== not);
    return others.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
  }
}

/** What the caller is thrown. Where the head is lost, they are told before. */
async function tellHeadLost(thrown: unknown, request: OpenRequest): Promise<unknown> {
  if (!(thrown instanceof HeadLost)) return thrown;
  await request.onHeadLost();
  return thrown.reason;
}

function stretchEnd(at: number): number {
  return (Math.floor(at / STRETCH_BYTES) + 1) * STRETCH_BYTES;
}
