import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { asFiberkeepError, errorOf, type FiberkeepError, failureOf } from '#errors';
import type { ArchivePlace, FromThread, ThreadData, ToThread } from './messages.ts';

/** V8 collects garbage when the heap of a thread reaches this size. Little of it survives. */
const HEAP_MB = 64;

/** The kept head failed, not the backup: it can be made anew. */
export class HeadLost extends Error {
  readonly reason: FiberkeepError;

  constructor(reason: FiberkeepError) {
    super(reason.message);
    this.reason = reason;
  }
}

const RUN = new URL('../../../run.js', import.meta.url);
const PROGRAM = fileURLToPath(new URL('./worker.ts', import.meta.url));

/**
 * One thread that reads archives. It starts at the first request, and anew after it died: what waited for it
 * then fails. It keeps the process alive only while a request is open.
 */
export class ArchiveThread {
  readonly #data: ThreadData;
  readonly #waiting = new Map<number, (message: FromThread) => void>();
  #worker: Worker | null = null;
  #lastId = 0;

  constructor(data: ThreadData) {
    this.#data = data;
  }

  /** How many requests are open. */
  get busy(): number {
    return this.#waiting.size;
  }

  open(place: ArchivePlace): Promise<{ size: number; etag: string }> {
    return new Promise((resolve, reject) => {
      const id = this.listen((message) => {
        this.forget(id);
        if (message.kind === 'opened') resolve(message);
        else reject(errorIn(message));
      });
      this.tell({ kind: 'open', id, place });
    });
  }

  /** Answers an id: messages of the thread with that id go to `take`. */
  listen(take: (message: FromThread) => void): number {
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, take);
    return this.#lastId;
  }

  forget(id: number): void {
    this.#waiting.delete(id);
    if (this.busy === 0) this.#worker?.unref();
  }

  tell(message: ToThread): void {
    // A lost thread holds nothing to free or stop.
    if (message.kind === 'open' || message.kind === 'read') {
      this.#worker ??= this.#start();
      this.#worker.ref();
    }
    this.#worker?.postMessage(message, message.kind === 'free' ? [message.slot] : []);
  }

  /** The next request starts a new thread at once, while the old one still ends. */
  end(): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#lost(worker, new Error('The thread was ended.'));
    void worker.terminate();
  }

  #start(): Worker {
    // V8 reads this when it makes a thread's heap. It saves a twentieth of a download's processor time.
    setFlagsFromString(`--initial-old-space-size=${HEAP_MB}`);
    const worker = new Worker(RUN, {
      argv: ['--plain', PROGRAM],
      execArgv: [],
      workerData: this.#data,
    });
    worker.on('message', (message: FromThread) => this.#waiting.get(message.id)?.(message));
    worker.on('error', (error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, new Error('A thread ended.')));
    return worker;
  }

  /** `error` comes before `exit`, when another worker may have taken over. */
  #lost(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const failed = failureOf(asFiberkeepError(error));
    for (const [id, take] of [...this.#waiting])
      take({ kind: 'failed', id, error: failed, head: false });
  }
}

export interface StretchRequest {
  readonly place: ArchivePlace;
  readonly start: number;
  readonly end: number;
  /** How many pieces may be in transit. */
  readonly slots: number;
}

/** A range that a thread reads, handed over piece by piece. */
export class Stretch {
  readonly thread: ArchiveThread;
  readonly end: number;
  readonly #id: number;
  readonly #came: FromThread[] = [];
  #wake: () => void = () => {};
  #lent: ArrayBuffer | null = null;
  #stopped = false;

  constructor(thread: ArchiveThread, request: StretchRequest) {
    this.thread = thread;
    this.end = request.end;
    this.#id = thread.listen((message) => {
      this.#came.push(message);
      this.#wake();
    });
    thread.tell({ kind: 'read', id: this.#id, ...request });
  }

  /**
   * The next piece; the one before becomes invalid. Null after the last one, or after `stop`. Throws HeadLost,
   * or what the store throws.
   */
  async next(): Promise<Buffer | null> {
    this.#giveBack();
    while (!this.#stopped) {
      const message = this.#came.shift();
      if (!message) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (message.kind === 'end') {
        this.#stopped = true;
        this.thread.forget(this.#id);
        return null;
      }
      if (message.kind !== 'piece') throw errorIn(message);
      this.#lent = message.slot;
      return Buffer.from(message.slot, 0, message.bytes);
    }
    return null;
  }

  /** Ends the reading; a `next` that waits answers null. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.thread.tell({ kind: 'stop', id: this.#id });
    this.thread.forget(this.#id);
    this.#came.length = 0;
    this.#wake();
  }

  #giveBack(): void {
    if (this.#lent) this.thread.tell({ kind: 'free', id: this.#id, slot: this.#lent });
    this.#lent = null;
  }
}

function errorIn(message: FromThread): Error {
  if (message.kind !== 'failed') return new RangeError(`Unexpected message: ${message.kind}`);
  const error = errorOf(message.error);
  return message.head ? new HeadLost(error) : error;
}
