import { release } from '../memory/release.ts';
import type { ChunkCodec, ChunkIndex, ChunkRef, ObjectStore } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { chunkId, chunkIdAside, chunkObject, proveChunk, sealChunk } from './chunk.ts';

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
/** Two keep ahead of the disk. */
const MAX_NAMED_AT_ONCE = 2;
const MAX_RESERVED_AT_ONCE = 512;
const MAX_STORING = 16;
const CONFIRM_EVERY = 4096;

interface Added {
  readonly plain: Buffer;
  readonly codec: ChunkCodec;
  readonly ref: Promise<ChunkRef>;
  readonly resolve: (ref: ChunkRef | Promise<ChunkRef>) => void;
  readonly reject: (error: unknown) => void;
}

interface Named extends Added {
  readonly id: string;
}

export function openChunkWriter(options: ChunkWriterOptions): ChunkWriter {
  return new Writer(options);
}

class Writer implements ChunkWriter {
  private readonly options: ChunkWriterOptions;
  private readonly toName: Added[] = [];
  private readonly toReserve: Named[] = [];
  private readonly toStore: { waiting: Named; ref: ChunkRef }[] = [];
  private readonly toConfirm: { ref: ChunkRef; storedBytes: number }[] = [];
  /** What is under way or not confirmed yet: the same bytes again get the same answer. */
  private readonly unconfirmed = new Map<string, Promise<ChunkRef>>();
  private readonly work = new Set<Promise<void>>();
  private bytesInFlight = 0;
  private naming = 0;
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
    this.bytesInFlight += plain.length;
    const added = addedOf(plain, codec);
    // Whoever awaits the reference hears of the failure, and so does `finish`.
    added.ref.catch(() => {});
    this.toName.push(added);
    this.nameAdded();
    return { ref: added.ref };
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

  private nameAdded(): void {
    while (this.naming < MAX_NAMED_AT_ONCE) {
      const next = this.toName.shift();
      if (!next) return;
      this.naming++;
      this.track([next], async () => {
        const id = await this.nameOf(next);
        this.named({ ...next, id });
        this.naming--;
        this.nameAdded();
      });
    }
  }

  /** Aside it takes a copy. What is compressed has the thread pool busy for longer anyhow. */
  private nameOf({ plain, codec }: Added): Promise<string> | string {
    const { keys } = this.options;
    return codec === 'none' ? chunkIdAside(keys, plain) : chunkId(keys, plain);
  }

  private named(waiting: Named): void {
    this.throwIfFailed();
    const known = this.unconfirmed.get(waiting.id);
    if (known) {
      waiting.resolve(known);
      this.release(waiting.plain.length);
      return;
    }
    this.unconfirmed.set(waiting.id, waiting.ref);
    this.toReserve.push(waiting);
    this.reserveNamed();
  }

  /** One question to the index at a time; what comes meanwhile makes up the next one. */
  private reserveNamed(): void {
    if (this.reserving || this.toReserve.length === 0) return;
    this.reserving = true;
    const batch = this.toReserve.splice(0, MAX_RESERVED_AT_ONCE);
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
      this.reserveNamed();
    });
  }

  private known(waiting: Named, ref: ChunkRef): void {
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
    const storedBytes = sealed.length;
    const room = Buffer.allocUnsafeSlow(storedBytes + 1);
    const readBack = await putAndGet(store, chunkObject(ref), sealed, room);
    await proveChunk(keys, ref, { sealed, readBack }, plain);
    release(sealed);
    release(room);
    this.stored += storedBytes;
    this.toConfirm.push({ ref, storedBytes });
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

  private track(about: readonly Added[], work: () => Promise<void>): void {
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
    for (const waiting of this.toReserve.splice(0)) waiting.reject(error);
    for (const waiting of this.toName.splice(0)) waiting.reject(error);
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

function addedOf(plain: Buffer, codec: ChunkCodec): Added {
  let resolve: Added['resolve'] = () => {};
  let reject: Added['reject'] = () => {};
  const ref = new Promise<ChunkRef>((...settle) => {
    [resolve, reject] = settle;
  });
  return { plain, codec, ref, resolve, reject };
}

async function putAndGet(
  store: ObjectStore,
  name: string,
  bytes: Buffer,
  room: Buffer,
): Promise<Buffer> {
  if (store.putAndGet) return store.putAndGet(name, bytes, room);
  await store.put(name, bytes);
  return store.get(name, room);
}
