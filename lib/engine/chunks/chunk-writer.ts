import { release } from '../memory/release.ts';
import type { ChunkCodec, ChunkIndex, ChunkRef } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { checkStoredChunk, chunkId, chunkIdAside, chunkObject, sealChunk } from './chunk.ts';

/** Takes plaintexts, stores those that the store lacks, and reads each of these back. */
export interface ChunkWriter {
  /**
   * Takes a chunk as soon as there is room for it in memory. `ref` resolves when it is stored and was read
   * back, or is known to be in the store already. The caller must not change `plain` until then.
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
/** Enough to keep ahead of the disk. */
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
  readonly #options: ChunkWriterOptions;
  readonly #toName: Added[] = [];
  readonly #toReserve: Named[] = [];
  readonly #toStore: { waiting: Named; ref: ChunkRef }[] = [];
  readonly #toConfirm: { ref: ChunkRef; storedBytes: number }[] = [];
  /** Chunks that are not confirmed yet: the same bytes again get the same answer. */
  readonly #unconfirmed = new Map<string, Promise<ChunkRef>>();
  readonly #work = new Set<Promise<void>>();
  #bytesInFlight = 0;
  #naming = 0;
  #reserving = false;
  #storing = 0;
  #confirming: Promise<void> = Promise.resolve();
  #stored = 0;
  #failure: { error: unknown } | null = null;
  #wakes: (() => void)[] = [];

  constructor(options: ChunkWriterOptions) {
    this.#options = options;
  }

  async add(plain: Buffer, codec: ChunkCodec): Promise<{ ref: Promise<ChunkRef> }> {
    while (this.#bytesInFlight > 0 && this.#bytesInFlight + plain.length > MAX_BYTES_IN_FLIGHT)
      await this.#landingOrFailure();
    this.#throwIfFailed();
    this.#bytesInFlight += plain.length;
    const added = addedOf(plain, codec);
    // Those who await the reference hear of the failure, and so does `finish`.
    added.ref.catch(() => {});
    this.#toName.push(added);
    this.#nameAdded();
    return { ref: added.ref };
  }

  async finish(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
    this.#throwIfFailed();
    this.#confirm();
    await this.#confirming;
    this.#throwIfFailed();
  }

  storedBytes(): number {
    return this.#stored;
  }

  #nameAdded(): void {
    while (this.#naming < MAX_NAMED_AT_ONCE) {
      const next = this.#toName.shift();
      if (!next) return;
      this.#naming++;
      this.#track([next], async () => {
        const id = await this.#nameOf(next);
        this.#named({ ...next, id });
        this.#naming--;
        this.#nameAdded();
      });
    }
  }

  /** The thread pool takes a copy. It has enough to do with chunks that it will compress anyhow. */
  #nameOf({ plain, codec }: Added): Promise<string> | string {
    const { keys } = this.#options;
    return codec === 'none' ? chunkIdAside(keys, plain) : chunkId(keys, plain);
  }

  #named(waiting: Named): void {
    this.#throwIfFailed();
    const known = this.#unconfirmed.get(waiting.id);
    if (known) {
      waiting.resolve(known);
      this.#land(waiting.plain);
      return;
    }
    this.#unconfirmed.set(waiting.id, waiting.ref);
    this.#toReserve.push(waiting);
    this.#reserveNamed();
  }

  /** Asks the index one question at a time; chunks that come meanwhile make up the next one. */
  #reserveNamed(): void {
    if (this.#reserving || this.#toReserve.length === 0) return;
    this.#reserving = true;
    const batch = this.#toReserve.splice(0, MAX_RESERVED_AT_ONCE);
    this.#track(batch, async () => {
      const asked = batch.map(({ id, codec, plain }) => ({ id, codec, plainBytes: plain.length }));
      const answers = await this.#options.index.reserve(asked);
      batch.forEach((waiting, i) => {
        const answer = answers[i];
        if (!answer) throw new RangeError('The chunk index answered fewer chunks than asked');
        if (answer.stored) this.#known(waiting, answer.ref);
        else this.#toStore.push({ waiting, ref: answer.ref });
      });
      this.#reserving = false;
      this.#storeReserved();
      this.#reserveNamed();
    });
  }

  #known(waiting: Named, ref: ChunkRef): void {
    this.#unconfirmed.delete(waiting.id);
    waiting.resolve(ref);
    this.#land(waiting.plain);
  }

  #storeReserved(): void {
    while (this.#storing < MAX_STORING) {
      const next = this.#toStore.shift();
      if (!next) return;
      this.#storing++;
      this.#track([next.waiting], async () => {
        await this.#storeAndCheck(next.ref, next.waiting.plain);
        next.waiting.resolve(next.ref);
        this.#land(next.waiting.plain);
        this.#storing--;
        this.#storeReserved();
      });
    }
  }

  async #storeAndCheck(ref: ChunkRef, plain: Buffer): Promise<void> {
    const { store, keys, signal } = this.#options;
    signal.throwIfAborted();
    const sealed = await sealChunk(keys, ref, plain);
    const storedBytes = sealed.length;
    await store.put(chunkObject(ref), sealed);
    const readBack = await store.get(chunkObject(ref));
    await checkStoredChunk(keys, ref, { sealed, readBack }, plain);
    release(sealed);
    release(readBack);
    this.#stored += storedBytes;
    this.#toConfirm.push({ ref, storedBytes });
    if (this.#toConfirm.length >= CONFIRM_EVERY) this.#confirm();
  }

  #confirm(): void {
    const batch = this.#toConfirm.splice(0);
    if (batch.length === 0) return;
    this.#confirming = this.#confirming
      .then(async () => {
        await this.#options.store.sync();
        await this.#options.index.confirm(batch);
        for (const { ref } of batch) this.#unconfirmed.delete(ref.id);
      })
      .catch((error) => this.#fail(error));
  }

  #track(about: readonly Added[], work: () => Promise<void>): void {
    const running = work().catch((error) => {
      for (const waiting of about) waiting.reject(error);
      this.#fail(error);
    });
    this.#work.add(running);
    running.finally(() => this.#work.delete(running));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { waiting } of this.#toStore.splice(0)) waiting.reject(error);
    for (const waiting of this.#toReserve.splice(0)) waiting.reject(error);
    for (const waiting of this.#toName.splice(0)) waiting.reject(error);
    this.#wake();
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
    this.#options.signal.throwIfAborted();
  }

  #land(plain: Buffer): void {
    this.#bytesInFlight -= plain.length;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  async #landingOrFailure(): Promise<void> {
    this.#throwIfFailed();
    await new Promise<void>((resolve) => this.#wakes.push(resolve));
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
