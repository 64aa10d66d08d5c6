import { chunkObject, fetchChunk } from '../chunks/chunk.ts';
import { type ChunkCache, openChunkCache } from '../chunks/chunk-cache.ts';
import type { ServerKeys } from '../keys.ts';
import type { ChunkRef, ObjectStore } from '../types.ts';
import { decodeRopePiece } from './rope.ts';

/** A range of rows with the opened chunk that it lies in. */
export interface RopeSegment {
  readonly ref: ChunkRef;
  readonly chunk: Buffer;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

/** A range by reference alone. */
export interface LocatedRange {
  readonly ref: ChunkRef;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

/** Different chunks opened ahead of the reader. */
const AHEAD_CHUNKS = 4;
const AHEAD_RANGES = 1024;

/** The ranges of a rope in order, one piece of it in memory at a time. */
export async function* ropeRanges(
  store: ObjectStore,
  keys: ServerKeys,
  rope: readonly ChunkRef[],
): AsyncGenerator<LocatedRange[]> {
  for (const ref of rope) {
    const piece = decodeRopePiece(await fetchChunk(store, keys, ref));
    yield piece.ranges.map((range) => {
      const chunk = piece.chunks[range.chunk];
      if (!chunk) throw new RangeError('A rope was decoded with a range of no chunk');
      return { ref: chunk, start: range.start, bytes: range.bytes, rows: range.rows };
    });
  }
}

/** The segments of a rope in order, their chunks opened a few ahead and each proven to be intact. */
export async function* ropeSegments(
  store: ObjectStore,
  keys: ServerKeys,
  rope: readonly ChunkRef[],
): AsyncGenerator<RopeSegment> {
  const cache = openChunkCache(store, keys);
  const ahead: { range: LocatedRange; chunk: Promise<Buffer> }[] = [];
  const opened = new Map<string, number>();
  for await (const ranges of ropeRanges(store, keys, rope)) {
    for (const range of ranges) {
      ahead.push({ range, chunk: openAhead(cache, opened, range.ref) });
      while (opened.size > AHEAD_CHUNKS || ahead.length > AHEAD_RANGES)
        yield await takeFirst(ahead, opened);
    }
  }
  while (ahead.length > 0) yield await takeFirst(ahead, opened);
}

function openAhead(cache: ChunkCache, opened: Map<string, number>, ref: ChunkRef) {
  const name = chunkObject(ref);
  opened.set(name, (opened.get(name) ?? 0) + 1);
  return cache.open(ref);
}

async function takeFirst(
  ahead: { range: LocatedRange; chunk: Promise<Buffer> }[],
  opened: Map<string, number>,
): Promise<RopeSegment> {
  const first = ahead.shift();
  if (!first) throw new RangeError('Nothing was opened ahead');
  const name = chunkObject(first.range.ref);
  const left = (opened.get(name) ?? 1) - 1;
  if (left > 0) opened.set(name, left);
  else opened.delete(name);
  return { ...first.range, chunk: await first.chunk };
}
