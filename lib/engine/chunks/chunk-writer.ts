import type { ServerKeys } from '../keys.ts';
import type { ChunkCodec, ChunkIndex, ChunkRef, ObjectStore } from '../types.ts';
import { chunkId, chunkObject, proveChunk, sealChunk } from './chunk.ts';

/** Takes plaintexts, stores those that the store lacks, reads each back and opens it. */
export interface ChunkWriter {
  /**
   * Takes a chunk as soon as there is room for it in memory. `ref` resolves when it is stored and proven,
   * or known to be in the store already. Until then the caller
   * must not change `plain`.
   */
  add(plain: Buffer, codec: ChunkCodec): Promise<{ readonly ref: Promise<ChunkRef> }>;
  /** Waits until every chunk is durable and the index says so. Throws the first failure. */
  finish(): Promise<void>;
  /** Bytes that this writer added to the store. */
  storedBytes(): number;
}

export interface ChunkWriterOptions {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  readonly signal: AbortSignal;
}

const MAX_BYTES_IN_FLIGHT = 16 * 1024 * 1024;
const MAX_RESERVED_AT_ONCE = 512;
const MAX_STORING = 16;
const CONFIRM_EVERY = 4096;

interface Waiting {
  readonly id: string;
  readonly plain: Buffer;
  readonly codec: ChunkCodec;
  readonly resolve: (ref: ChunkRef) => void;
  readonly reject: (error: unknown) => void;
}

export function openChunkWriter(options: ChunkWriterOptions): ChunkWriter {
  return new Writer(options);
}

class Writer implements ChunkWriter {
  private readonly options: ChunkWriterOptions;
  private readonly queue: Waiting[] = [];
  private readonly toStore: { waiting: Waiting; ref: ChunkRef }[] = [];
  private readonly toConfirm: { ref: ChunkRef; storedBytes: number }[] = [];
  /** What is under way or not confirmed yet: the same bytes again get the same answer. */
  private readonly unconfirmed = new Map<string, Promise<ChunkRef>>();
  private readonly work = new Set<Promise<void>>();
  private bytesInFlight = 0;
  private reserving = false;
  private storing = 0;
  private confirming: Promise<void> = Promise.resolve();
  private stored = 0;
  private failure: { error: unknown } | null = null;
  private wakes: (() => void)[] = [];

  constructor(options: ChunkWriterOptions) {
    this.options = options;
  }

  async add(plain: Buffer, codec: ChunkCodec): Promise<{ ref: Promise<ChunkRef> }> {
    while (this.bytesInFlight > 0 && this.bytesInFlight + plain.length > MAX_BYTES_IN_FLIGHT)
      await this.roomOrFailure();
    this.throwIfFailed();
    const id = chunkId(this.options.keys, plain);
    const known = this.unconfirmed.get(id);
    if (known) return { ref: known };
    this.bytesInFlight += plain.length;
    const ref = new Promise<ChunkRef>((resolve, reject) => {
      this.queue.push({ id, plain, codec, resolve, reject });
    });
    // Whoever awaits the reference hears of the failure, and so does `finish`.
    ref.catch(() => {});
    this.unconfirmed.set(id, ref);
    this.reserveWaiting();
    return { ref };
  }

  async finish(): Promise<void> {
    while (this.work.size > 0) await Promise.all(this.work);
    this.throwIfFailed();
    this.confirm();
    await this.confirming;
    this.throwIfFailed();
  }

  storedBytes(): number {
    return this.stored;
  }

  /** One question to the index at a time; what comes meanwhile makes up the next one. */
  private reserveWaiting(): void {
    if (this.reserving || this.queue.length === 0) return;
    this.reserving = true;
    const batch = this.queue.splice(0, MAX_RESERVED_AT_ONCE);
    this.track(batch, async () => {
      const asked = batch.map(({ id, codec, plain }) => ({ id, codec, plainBytes: plain.length }));
      const answers = await this.options.index.reserve(asked);
      batch.forEach((waiting, i) => {
        const answer = answers[i];
        if (!answer) throw new RangeError('The chunk index answered fewer chunks than asked');
        if (answer.stored) this.known(waiting, answer.ref);
        else this.toStore.push({ waiting, ref: answer.ref });
      });
      this.reserving = false;
      this.storeReserved();
      this.reserveWaiting();
    });
  }

  private known(waiting: Waiting, ref: ChunkRef): void {
    this.unconfirmed.delete(waiting.id);
    waiting.resolve(ref);
    this.release(waiting.plain.length);
  }

  private storeReserved(): void {
    while (this.storing < MAX_STORING) {
      const next = this.toStore.shift();
      if (!next) return;
      this.storing++;
      this.track([next.waiting], async () => {
        await this.storeAndProve(next.ref, next.waiting.plain);
        next.waiting.resolve(next.ref);
        this.release(next.waiting.plain.length);
        this.storing--;
        this.storeReserved();
      });
    }
  }

  private async storeAndProve(ref: ChunkRef, plain: Buffer): Promise<void> {
    const { store, keys, signal } = this.options;
    signal.throwIfAborted();
    const sealed = await sealChunk(keys, ref, plain);
    const readBack = await putAndGet(store, chunkObject(ref), sealed);
    await proveChunk(keys, ref, { sealed, readBack }, plain);
    this.stored += sealed.length;
    this.toConfirm.push({ ref, storedBytes: sealed.length });
    if (this.toConfirm.length >= CONFIRM_EVERY) this.confirm();
  }

  private confirm(): void {
    const batch = this.toConfirm.splice(0);
    if (batch.length === 0) return;
    this.confirming = this.confirming
      .then(async () => {
        await this.options.store.sync();
        await this.options.index.confirm(batch);
        for (const { ref } of batch) this.unconfirmed.delete(ref.id);
      })
      .catch((error) => this.fail(error));
  }

  private track(about: readonly Waiting[], work: () => Promise<void>): void {
    const running = work().catch((error) => {
      for (const waiting of about) waiting.reject(error);
      this.fail(error);
    });
    this.work.add(running);
    running.finally(() => this.work.delete(running));
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    for (const { waiting } of this.toStore.splice(0)) waiting.reject(error);
    for (const waiting of this.queue.splice(0)) waiting.reject(error);
    this.wake();
  }

  private throwIfFailed(): void {
    if (this.failure) throw this.failure.error;
    this.options.signal.throwIfAborted();
  }

  private release(bytes: number): void {
    this.bytesInFlight -= bytes;
    this.wake();
  }

  private wake(): void {
    for (const wake of this.wakes.splice(0)) wake();
  }

  private async roomOrFailure(): Promise<void> {
    this.throwIfFailed();
    await new Promise<void>((resolve) => this.wakes.push(resolve));
  }
}

async function putAndGet(store: ObjectStore, name: string, bytes: Buffer): Promise<Buffer> {
  if (store.putAndGet) return store.putAndGet(name, bytes);
  await store.put(name, bytes);
  return store.get(name);
}
