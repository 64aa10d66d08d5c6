/** The program of a thread that opens chunks and seals archives for the process that started it (`pool.ts`). */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { readManifest } from '#engine/backup/read.ts';
import { BufferPool } from '#engine/memory/buffer-pool.ts';
import { readBlocking } from '#engine/memory/read-blocking.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { openVaultStore } from '#engine/store/vault-store.ts';
import { asFiberkeepError, failureOf } from '#errors';
import { type ArchiveLayout, openLayout } from '../write/layout.ts';
import { type HeadReader, openStoredHead, readSums } from '../write/stored-head.ts';
import {
  type ArchivePlace,
  type FromThread,
  SLOT_BYTES,
  type ThreadData,
  type ToThread,
} from './messages.ts';

const port = parentPort;
if (!port) throw new Error('This module is run as a thread.');

/** Layouts are kept open, because clients often come back for the next range. */
const MOST_OPEN = 16;
/** Memory of pieces, kept for later ones. */
const MAX_FREE_SLOTS = 32;
/** Reads of a disk block this thread, so reading ahead gains nothing. */
const ONE_AT_A_TIME = { most: 1 };
/** Answers of the API go first; Linux has a priority for each thread. */
const NICE = 10;

const { vault, keys: copied } = workerData as ThreadData;
const { store } = await openVaultStore(vault, { read: readBlocking });
const keys = withBuffers(copied);
const layouts = new Map<string, Promise<ArchiveLayout>>();
const reads = new Map<number, Reading>();
const slots = new BufferPool({ bufferBytes: SLOT_BYTES, maxFree: MAX_FREE_SLOTS });

if (process.platform === 'linux') setPriority(NICE);

/** A Buffer arrives from another thread as a plain Uint8Array. */
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

async function open({ manifestObject, head, digested }: ArchivePlace) {
  const manifest = await readManifest(store, keys, manifestObject);
  const reader = markingHead(openStoredHead(store, keys, head));
  return openLayout({
    store,
    keys,
    manifest,
    head: reader,
    sums: digested ? await readSums(store, keys, head.name) : null,
    digested,
    ahead: ONE_AT_A_TIME,
  });
}

const ofHead = new WeakSet<object>();

/** Remembers which errors come from the kept head, which can be made anew. */
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

/** One range that is being read. At most `slots` pieces are in transit. */
class Reading {
  readonly #stop = new AbortController();
  #slots: number;
  #wake: () => void = () => {};

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** The reader is done with one piece. */
  goOn(): void {
    this.#slots += 1;
    this.#wake();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** Fills slot after slot and sends each when it is full. */
  async run(id: number, place: ArchivePlace, start: number, end: number): Promise<void> {
    const layout = await layoutOf(place);
    let slot = await this.#slot();
    let filled = 0;
    for await (const pieces of layout.read(start, end, this.#stop.signal))
      for (const piece of pieces)
        for (let at = 0; at < piece.length; ) {
          if (filled === SLOT_BYTES) {
            say({ kind: 'piece', id, slot: slot.buffer, bytes: filled });
            slot = await this.#slot();
            filled = 0;
          }
          const bytes = piece.subarray(at, at + SLOT_BYTES - filled);
          slot.set(bytes, filled);
          at += bytes.length;
          filled += bytes.length;
        }
    if (filled > 0) say({ kind: 'piece', id, slot: slot.buffer, bytes: filled });
    say({ kind: 'end', id });
  }

  /** Waits for a free slot. Throws after `stop`. */
  async #slot(): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      if (this.#slots > 0) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#slots -= 1;
    return slots.take();
  }
}

function say(message: FromThread): void {
  port?.postMessage(message, message.kind === 'piece' ? [message.slot] : []);
}

function fail(id: number, thrown: unknown): void {
  const head = typeof thrown === 'object' && thrown !== null && ofHead.has(thrown);
  say({ kind: 'failed', id, error: failureOf(asFiberkeepError(thrown)), head });
}

port.on('message', (message: ToThread) => {
  const { id } = message;
  if (message.kind === 'open') {
    layoutOf(message.place).then(
      ({ size, etag }) => say({ kind: 'opened', id, size, etag }),
      (thrown) => fail(id, thrown),
    );
  } else if (message.kind === 'read') {
    const reading = new Reading(message.slots);
    reads.set(id, reading);
    reading
      .run(id, message.place, message.start, message.end)
      .catch((thrown) => fail(id, thrown))
      .finally(() => reads.delete(id));
  } else if (message.kind === 'free') {
    slots.give(new Uint8Array(message.slot));
    reads.get(id)?.goOn();
  } else reads.get(id)?.stop();
});
