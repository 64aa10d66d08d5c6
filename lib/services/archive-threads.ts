import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ServerKeys } from '../engine/keys.ts';
import type { RewindError } from '../errors/index.ts';
import { recordedError } from './job-failure.ts';
import type { Server } from './server.ts';

/** Where an archive is read from: its manifest, and the kept head. */
export interface ArchivePlace {
  readonly manifestObject: string;
  readonly manifestSha256: string;
  readonly head: { readonly name: string; readonly bytes: number; readonly sha256: string };
}

/** What a thread is started with. */
export interface ThreadData {
  readonly storeFolder: string;
  readonly keys: ServerKeys;
}

export type ToThread = { readonly id: number } & (
  | { readonly kind: 'open'; readonly place: ArchivePlace }
  | {
      readonly kind: 'read';
      readonly place: ArchivePlace;
      readonly start: number;
      readonly end: number;
      /** Where the bytes are put: slots of SLOT_BYTES, each the thread's own until it says `piece`. */
      readonly ring: SharedArrayBuffer;
    }
  /** The reader is done with the slot. */
  | { readonly kind: 'free'; readonly slot: number }
  | { readonly kind: 'stop' }
);

export type FromThread = { readonly id: number } & (
  | { readonly kind: 'opened'; readonly size: number; readonly etag: string }
  | { readonly kind: 'piece'; readonly slot: number; readonly bytes: number }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'failed';
      readonly error: { readonly code: string; readonly message: string; readonly hint: string };
      /** The kept head could not be read. */
      readonly head: boolean;
    }
);

/** A failure of the kept head, not of the backup: it can be made anew. */
export class HeadLost extends Error {
  readonly reason: RewindError;

  constructor(reason: RewindError) {
    super(reason.message);
    this.reason = reason;
  }
}

const MOST_THREADS = 4;
/** Two threads take turns at stretches of this size, where an archive is alone; chunks across an edge are opened twice. */
const STRETCH_BYTES = 16 * 1024 * 1024;
/** Eight sealed segments of an archive: what its layout hands out at a time. */
export const SLOT_BYTES = 8 * (64 * 1024 + 16);
/** One goes to the socket while the next ones are sealed: more only take memory. */
const SLOTS = 4;
/** Half a stretch: so far one thread may be ahead of what the other one is still at. */
const SLOTS_ALONE = 16;

/** `--import tsx` does not reach the threads of Node 20: each registers it anew. */
const START = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL('./archive-thread.ts', import.meta.url).href)});
});`;

type Answer = Exclude<FromThread, { kind: 'opened' }>;

/** The threads of a process that read archives. Started at the first use, they never keep it from ending. */
class ArchiveThreads {
  readonly #threads: Thread[];
  #downloads = 0;

  constructor(data: ThreadData) {
    const count = Math.max(2, Math.min(MOST_THREADS, availableParallelism()));
    this.#threads = Array.from({ length: count }, () => new Thread(data));
  }

  /** Exact size and strong tag. Throws MANIFEST_CORRUPT, CHUNK_MISSING, CHUNK_CORRUPT, WRONG_KEY. */
  async open(place: ArchivePlace): Promise<{ size: number; etag: string }> {
    return this.#idlest().open(place);
  }

  /**
   * Bytes [start, end) in order. The memory of a piece is used again once the next one is asked for. Throws
   * the signal's reason, HeadLost, or what the store throws; never ends early.
   */
  async *read(
    place: ArchivePlace,
    start: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void> {
    this.#downloads += 1;
    // Recycled from stretch to stretch: memory that comes and goes costs more than all else here.
    const rings: SharedArrayBuffer[] = [];
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
        const ring = () => rings.pop() ?? newRing(alone ? SLOTS_ALONE : SLOTS);
        current = ahead ?? this.#begin({ place, at, end, ring: ring() });
        ahead = null;
        if (alone && current.end < end)
          ahead = this.#begin({ place, at: current.end, end, ring: ring() }, current.thread);
        for await (const piece of current) {
          at += piece.length;
          yield piece;
        }
        signal.throwIfAborted();
        rings.push(current.ring);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      this.#downloads -= 1;
    }
  }

  /** Alone, an archive is read by several threads in turns; where there are many, each by one. */
  #begin({ place, at, end, ring }: StretchRequest, not?: Thread): Stretch {
    const next = (Math.floor(at / STRETCH_BYTES) + 1) * STRETCH_BYTES;
    return new Stretch(this.#idlest(not), { place, at, end: Math.min(end, next), ring });
  }

  #idlest(not?: Thread): Thread {
    const others = this.#threads.filter((thread) => thread !== not);
    return others.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
  }
}

/** One thread, started anew where it died. */
class Thread {
  readonly #data: ThreadData;
  readonly #waiting = new Map<number, (message: FromThread) => void>();
  #worker: Worker | null = null;
  #lastId = 0;

  constructor(data: ThreadData) {
    this.#data = data;
  }

  get busy(): number {
    return this.#waiting.size;
  }

  open(place: ArchivePlace): Promise<{ size: number; etag: string }> {
    return new Promise((resolve, reject) => {
      const id = this.listen((message) => {
        this.forget(id);
        if (message.kind === 'opened') resolve(message);
        else reject(failureOf(message));
      });
      this.tell({ kind: 'open', id, place });
    });
  }

  /** Answers the id under which the thread will speak to `take`. */
  listen(take: (message: FromThread) => void): number {
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, take);
    return this.#lastId;
  }

  forget(id: number): void {
    this.#waiting.delete(id);
  }

  tell(message: ToThread): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(START, { eval: true, execArgv: [], workerData: this.#data });
    worker.unref();
    worker.on('message', (message: FromThread) => this.#waiting.get(message.id)?.(message));
    worker.on('error', (error) => this.#lost(error));
    worker.on('exit', () => this.#lost(new Error('The thread ended.')));
    return worker;
  }

  #lost(error: Error): void {
    this.#worker = null;
    const failed = { code: 'INTERNAL', message: error.message, hint: '' };
    for (const [id, take] of [...this.#waiting])
      take({ kind: 'failed', id, error: failed, head: false });
  }
}

interface StretchRequest {
  readonly place: ArchivePlace;
  readonly at: number;
  readonly end: number;
  readonly ring: SharedArrayBuffer;
}

function newRing(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(slots * SLOT_BYTES);
}

/** A range that a thread reads, to be taken piece by piece. */
class Stretch implements AsyncIterable<Buffer> {
  readonly thread: Thread;
  readonly end: number;
  readonly ring: SharedArrayBuffer;
  readonly #id: number;
  readonly #came: Answer[] = [];
  #wake: () => void = () => {};
  #stopped = false;

  constructor(thread: Thread, { place, at, end, ring }: StretchRequest) {
    this.thread = thread;
    this.end = end;
    this.ring = ring;
    this.#id = thread.listen((message) => {
      if (message.kind === 'opened') return;
      this.#came.push(message);
      this.#wake();
    });
    thread.tell({ kind: 'read', id: this.#id, place, start: at, end, ring });
  }

  /** Ends the loop over it; no more is read. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.thread.tell({ kind: 'stop', id: this.#id });
    this.thread.forget(this.#id);
    this.#came.length = 0;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    while (!this.#stopped) {
      const next = this.#came.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (next.kind === 'failed') throw failureOf(next);
      if (next.kind === 'end') {
        this.#stopped = true;
        return this.thread.forget(this.#id);
      }
      yield Buffer.from(this.ring, next.slot * SLOT_BYTES, next.bytes);
      if (!this.#stopped) this.thread.tell({ kind: 'free', id: this.#id, slot: next.slot });
    }
  }
}

function failureOf(message: FromThread): Error {
  if (message.kind !== 'failed') return new RangeError(`Not an answer: ${message.kind}`);
  const error = recordedError(message.error);
  return message.head ? new HeadLost(error) : error;
}

const opened = new WeakMap<Server, ArchiveThreads>();

export function archiveThreads(server: Server): ArchiveThreads {
  const known = opened.get(server);
  if (known) return known;
  const { config, keys } = server;
  const threads = new ArchiveThreads({ storeFolder: path.join(config.dataDir, 'vault'), keys });
  opened.set(server, threads);
  return threads;
}
