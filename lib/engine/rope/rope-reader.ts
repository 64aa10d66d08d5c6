import { chunkObject } from '../chunks/chunk.ts';
import { type ChunkCache, openChunkCache } from '../chunks/chunk-cache.ts';
import { fetchChunks } from '../chunks/fetch-ahead.ts';
import type { ChunkRef } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { decodeRopeColumns, type RopeColumnsPiece } from './rope.ts';
import { RopeDigest } from './rope-digest.ts';

/** A range of rows of a rope: where its bytes are, the rope's piece that it is in, and its index there. */
export interface LocatedRange extends RopePosition {
  readonly ref: ChunkRef;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

export interface RopePosition {
  readonly piece: number;
  readonly range: number;
}

/** A range with its opened chunk. */
export interface RopeSegment extends LocatedRange {
  readonly chunk: Buffer;
}

export const ROPE_START: RopePosition = { piece: 0, range: 0 };

/** Distinct chunks opened ahead of the reader. */
const AHEAD_CHUNKS = 4;
const AHEAD_CHUNKS_FAR = 10;
const AHEAD_RANGES = 1024;

/** The pieces of a rope in order from one on, each with its number. One at a time is in memory. */
export async function* ropePieces(
  store: ObjectStore,
  keys: ServerKeys,
  rope: readonly ChunkRef[],
  from = 0,
): AsyncGenerator<RopeColumnsPiece & { readonly piece: number }, void> {
  let piece = from;
  for await (const plain of fetchChunks(store, keys, rope.slice(from)))
    yield { ...decodeRopeColumns(plain), piece: piece++ };
}

/** The ranges of a rope in order from a position on. Only one piece of the rope is in memory at a time. */
export async function* ropeRanges(
  store: ObjectStore,
  keys: ServerKeys,
  rope: readonly ChunkRef[],
  from: RopePosition = ROPE_START,
): AsyncGenerator<LocatedRange[], void> {
  for await (const piece of ropePieces(store, keys, rope, from.piece))
    yield locatedRanges(piece, piece.piece === from.piece ? from.range : 0);
}

/** The ranges of a piece from one on. */
export function locatedRanges(
  { chunks, ranges, piece }: RopeColumnsPiece & { readonly piece: number },
  from = 0,
): LocatedRange[] {
  return Array.from({ length: Math.max(0, ranges.length - from) }, (_, i) => {
    const { chunk, start, bytes, rows } = ranges.at(from + i);
    const ref = chunks[chunk];
    if (!ref) throw new RangeError('A rope was decoded with a range of no chunk');
    return { ref, start, bytes, rows, piece, range: from + i };
  });
}

/** The digest of a rope (hex), read from the store. */
export async function ropeDigest(
  store: ObjectStore,
  keys: ServerKeys,
  rope: readonly ChunkRef[],
): Promise<string> {
  const digest = new RopeDigest();
  for await (const { chunks, ranges } of ropePieces(store, keys, rope)) digest.add(chunks, ranges);
  return digest.digest();
}

/**
 * The segments of the ranges in order, with a few chunks opened ahead. Throws CHUNK_MISSING, CHUNK_CORRUPT
 * or WRONG_KEY. With `skip`, a range whose chunk does not open is left out, unless `skip` throws.
 */
export async function* ropeSegments(
  store: ObjectStore,
  keys: ServerKeys,
  pieces: AsyncIterable<readonly LocatedRange[]>,
  skip: (ref: ChunkRef, error: unknown) => Promise<void> = (_ref, error) => Promise.reject(error),
): AsyncGenerator<RopeSegment, void> {
  const ahead = new Ahead(openChunkCache(store, keys), store.far ? AHEAD_CHUNKS_FAR : AHEAD_CHUNKS);
  const take = async () => {
    const { range, chunk } = ahead.take();
    return chunk.then(
      (opened) => [{ ...range, chunk: opened }],
      (error) => skip(range.ref, error).then(() => []),
    );
  };
  for await (const ranges of pieces) {
    for (const range of ranges) {
      ahead.push(range);
      while (ahead.full) yield* await take();
    }
  }
  while (ahead.length > 0) yield* await take();
}

/** Ranges whose chunks are being opened. */
class Ahead {
  readonly #cache: ChunkCache;
  readonly #waiting: { range: LocatedRange; chunk: Promise<Buffer> }[] = [];
  readonly #uses = new Map<string, number>();
  readonly #mostChunks: number;

  constructor(cache: ChunkCache, mostChunks: number) {
    this.#cache = cache;
    this.#mostChunks = mostChunks;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get full(): boolean {
    return this.#uses.size > this.#mostChunks || this.#waiting.length > AHEAD_RANGES;
  }

  push(range: LocatedRange): void {
    const name = chunkObject(range.ref);
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    this.#waiting.push({ range, chunk: this.#cache.open(range.ref) });
  }

  take(): { range: LocatedRange; chunk: Promise<Buffer> } {
    const first = this.#waiting.shift();
    if (!first) throw new RangeError('Nothing was opened ahead');
    const name = chunkObject(first.range.ref);
    const left = (this.#uses.get(name) ?? 1) - 1;
    if (left > 0) this.#uses.set(name, left);
    else this.#uses.delete(name);
    return first;
  }
}
