import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef } from '../ports.ts';
import type { RopeRange } from '../rope/rope.ts';

/** Bytes of a chunk from `start` up to `end`: whole rows. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What each side has of a chunk and the other has not. A range stands there as often as it is too many. */
export interface ChunkDifference {
  readonly ref: ChunkRef;
  readonly before: readonly ByteRange[];
  readonly after: readonly ByteRange[];
}

/** An event is one number: the chunk's, the offset (below 2^31) and one bit for the sign. */
const OFFSETS = 2 ** 31;
const MOST_CHUNKS = 2 ** 21;
const FIRST_CAPACITY = 8_192;

/**
 * Where the ranges of two ropes begin and end, as numbers that sort by chunk and offset. Between two events the
 * number of ranges of the one side less those of the other is known: where it is not zero, the sides differ. Eight
 * bytes an event, and typed arrays sort without a comparison in JavaScript.
 */
export class RangeEvents {
  readonly #most: number;
  readonly #refs: ChunkRef[] = [];
  readonly #numberOf = new Map<string, number>();
  #events = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Adds ranges of one side. False where they are too many. */
  add(chunks: readonly ChunkRef[], ranges: readonly RopeRange[], side: 1 | -1): boolean {
    if (this.#count + 2 * ranges.length > this.#most) return false;
    const numbers = chunks.map((ref) => this.#numberFor(ref));
    if (this.#refs.length > MOST_CHUNKS) return false;
    this.#reserve(2 * ranges.length);
    for (const { chunk, start, bytes } of ranges) {
      const base = (numbers[chunk] ?? 0) * OFFSETS + start;
      this.#events[this.#count++] = base * 2 + (side > 0 ? 1 : 0);
      this.#events[this.#count++] = (base + bytes) * 2 + (side > 0 ? 0 : 1);
    }
    return true;
  }

  /** What differs, chunk by chunk. To be called once, when all ranges are added. */
  *differences(): Generator<ChunkDifference, void> {
    const events = this.#events.subarray(0, this.#count).sort();
    let open: OpenDifference | null = null;
    for (const { chunk, start, end, depth } of spans(events)) {
      if (open?.chunk !== chunk) {
        if (open) yield open.close(this.#refs);
        open = new OpenDifference(chunk);
      }
      open.add(start, end, depth);
    }
    if (open) yield open.close(this.#refs);
  }

  #numberFor(ref: ChunkRef): number {
    const name = chunkObject(ref);
    const known = this.#numberOf.get(name);
    if (known !== undefined) return known;
    this.#numberOf.set(name, this.#refs.length);
    return this.#refs.push(ref) - 1;
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#events.length) return;
    const larger = new Float64Array(Math.max(2 * this.#events.length, this.#count + more));
    larger.set(this.#events);
    this.#events = larger;
  }
}

/** A part of a chunk that one side has `depth` times more often: before where it is above zero, else after. */
interface Span extends ByteRange {
  readonly chunk: number;
  readonly depth: number;
}

function* spans(events: Float64Array): Generator<Span, void> {
  let depth = 0;
  for (let at = 0; at < events.length; ) {
    const place = Math.floor((events[at] ?? 0) / 2);
    for (; at < events.length && Math.floor((events[at] ?? 0) / 2) === place; at++)
      depth += (events[at] ?? 0) % 2 === 1 ? 1 : -1;
    if (depth === 0 || at === events.length) continue;
    const chunk = Math.floor(place / OFFSETS);
    const end = Math.floor((events[at] ?? 0) / 2) - chunk * OFFSETS;
    yield { chunk, start: place - chunk * OFFSETS, end, depth };
  }
}

class OpenDifference {
  readonly chunk: number;
  readonly #before: MutableRange[] = [];
  readonly #after: MutableRange[] = [];

  constructor(chunk: number) {
    this.chunk = chunk;
  }

  add(start: number, end: number, depth: number): void {
    const side = depth > 0 ? this.#before : this.#after;
    const last = side.at(-1);
    if (Math.abs(depth) === 1 && last?.end === start) last.end = end;
    else for (let times = Math.abs(depth); times > 0; times--) side.push({ start, end });
  }

  close(refs: readonly ChunkRef[]): ChunkDifference {
    const ref = refs[this.chunk];
    if (!ref) throw new RangeError('An event names a chunk that was not added');
    return { ref, before: this.#before, after: this.#after };
  }
}

interface MutableRange {
  start: number;
  end: number;
}
