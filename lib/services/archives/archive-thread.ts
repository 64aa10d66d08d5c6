/**
 * A thread that opens chunks and seals archives for the process that started it (`archive-threads.ts`), whose
 * own thread stays free to answer.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type ArchiveLayout, openLayout } from '../../engine/archive/layout.ts';
import { type HeadReader, openStoredHead } from '../../engine/archive/stored-head.ts';
import { openDiskStore } from '../../engine/chunks/disk-store.ts';
import type { ServerKeys } from '../../engine/keys.ts';
import { readManifest } from '../../engine/read-backup.ts';
import { asRewindError } from '../../errors/index.ts';
import {
  type ArchivePlace,
  type FromThread,
  SLOT_BYTES,
  type ThreadData,
  type ToThread,
} from './archive-messages.ts';

const port = parentPort;
if (!port) throw new Error('This module is run as a thread.');

/** Layouts are opened once and kept for as long as somebody may come for the next range. */
const MOST_OPEN = 16;
/** Into memory that threads share, bytes are copied one by one unless they begin at such a place. */
const WORD_BYTES = 8;
/** Whoever waits for an answer of the API goes first (Linux has priorities of threads). */
const NICE = 10;

const { storeFolder, keys: copied } = workerData as ThreadData;
const store = await openDiskStore(storeFolder);
const keys = withBuffers(copied);
const layouts = new Map<string, Promise<ArchiveLayout>>();
const reads = new Map<number, Reading>();

if (process.platform === 'linux') setPriority(NICE);

/** A buffer arrives from another thread as a plain array of bytes. */
function withBuffers(plain: ServerKeys): ServerKeys {
  const entries = Object.entries(plain).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value) : value,
  ]);
  return Object.fromEntries(entries) as ServerKeys;
}

function layoutOf(place: ArchivePlace): Promise<ArchiveLayout> {
  const name = `${place.manifestObject} ${place.head.name} ${place.digested}`;
  const known = layouts.get(name);
  if (known) return known;
  const opened = open(place);
  layouts.set(name, opened);
  opened.catch(() => layouts.delete(name));
  for (const oldest of layouts.keys()) if (layouts.size > MOST_OPEN) layouts.delete(oldest);
  return opened;
}

async function open({ manifestObject, manifestSha256, head, digested }: ArchivePlace) {
  const manifest = await readManifest(store, keys, manifestObject);
  const reader = markingHead(openStoredHead(store, keys, head));
  const proof = digested ? 'seal' : 'id';
  return openLayout({ store, keys, manifest, manifestSha256, head: reader, proof });
}

const ofHead = new WeakSet<object>();

/** Remembers which errors come from the kept head: it can be made anew. */
function markingHead(reader: HeadReader): HeadReader {
  return {
    ...reader,
    async *read(start, end) {
      try {
        yield* reader.read(start, end);
      } catch (thrown) {
        if (typeof thrown === 'object' && thrown) ofHead.add(thrown);
        throw thrown;
      }
    },
  };
}

/** One range on its way: as many pieces as the reader has slots for. */
class Reading {
  readonly #stop = new AbortController();
  readonly #ring: Uint8Array;
  readonly #free: number[];
  #wake: () => void = () => {};

  constructor(ring: SharedArrayBuffer) {
    this.#ring = new Uint8Array(ring);
    this.#free = Array.from({ length: ring.byteLength / SLOT_BYTES }, (_, slot) => slot);
  }

  free(slot: number): void {
    this.#free.push(slot);
    this.#wake();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** Fills slot by slot and says of each that it is full. */
  async run(id: number, place: ArchivePlace, start: number, end: number): Promise<void> {
    const layout = await layoutOf(place);
    let slot = await this.#slot();
    let filled = 0;
    for await (const piece of layout.read(start, end, this.#stop.signal))
      for (let at = 0; at < piece.length; ) {
        if (filled === SLOT_BYTES || filled % WORD_BYTES > 0) {
          say({ kind: 'piece', id, slot, bytes: filled });
          slot = await this.#slot();
          filled = 0;
        }
        const bytes = piece.subarray(at, at + SLOT_BYTES - filled);
        this.#ring.set(bytes, slot * SLOT_BYTES + filled);
        at += bytes.length;
        filled += bytes.length;
      }
    if (filled > 0) say({ kind: 'piece', id, slot, bytes: filled });
    say({ kind: 'end', id });
  }

  async #slot(): Promise<number> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const slot = this.#free.shift();
      if (slot !== undefined) return slot;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function say(message: FromThread): void {
  port?.postMessage(message);
}

function fail(id: number, thrown: unknown): void {
  const { code, message, hint } = asRewindError(thrown);
  const head = typeof thrown === 'object' && thrown !== null && ofHead.has(thrown);
  say({ kind: 'failed', id, error: { code, message, hint }, head });
}

port.on('message', (message: ToThread) => {
  const { id } = message;
  if (message.kind === 'open') {
    layoutOf(message.place).then(
      ({ size, etag }) => say({ kind: 'opened', id, size, etag }),
      (thrown) => fail(id, thrown),
    );
  } else if (message.kind === 'read') {
    const reading = new Reading(message.ring);
    reads.set(id, reading);
    reading
      .run(id, message.place, message.start, message.end)
      .catch((thrown) => fail(id, thrown))
      .finally(() => reads.delete(id));
  } else if (message.kind === 'free') reads.get(id)?.free(message.slot);
  else reads.get(id)?.stop();
});
