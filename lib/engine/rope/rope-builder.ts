import { createHash, type Hash } from 'node:crypto';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { BufferPool } from '../memory/buffer-pool.ts';
import type { ChunkRef } from '../ports.ts';
import type { RowPiece } from '../postgres/copy-out.ts';
import { encodeRopeColumns, PIECE_RANGES } from './rope.ts';
import { RopeColumns } from './rope-columns.ts';
import { RopeDigest } from './rope-digest.ts';
import type { RowHash } from './row-hash.ts';

/** A chunk of rows has at least this many bytes, unless the table or the rope's piece ends. */
const MIN_BYTES = 1024 * 1024;
/** Half the size would make twice as many objects and a whole backup 5% slower. */
const AIM_BYTES = 2 * MIN_BYTES;
/** And at most this many, unless one row alone has more. */
const MAX_BYTES = 3 * MIN_BYTES;
/** About as many chunks as the writer takes before it makes the builder wait. */
const MAX_FREE_BUFFERS = 8;

/** A finished rope. */
export interface BuiltRope {
  readonly refs: readonly ChunkRef[];
  readonly rows: number;
  readonly bytes: number;
  /** Hex: see RopeDigest. */
  readonly digest: string;
}

/**
 * Builds a table's rope out of rows stored anew (`literal`) and ranges of older chunks (`reuse`). Both
 * return at once; `settle` hands the chunks that became full to the writer and waits for room there.
 */
export class RopeBuilder {
  readonly #writer: ChunkWriter;
  readonly #rowHash: RowHash;
  readonly #hash: Hash | null;
  readonly #refs: Promise<ChunkRef>[] = [];
  readonly #buffers = new BufferPool({ bufferBytes: MAX_BYTES, maxFree: MAX_FREE_BUFFERS });
  readonly #full: OpenChunk[] = [];
  readonly #closed: { slots: Promise<ChunkRef>[]; ranges: RopeColumns }[] = [];
  readonly #digest = new RopeDigest();
  #slots: Promise<ChunkRef>[] = [];
  readonly #slotOf = new Map<string, number>();
  /** The same by identity: ranges of one chunk mostly come with the same reference. */
  readonly #slotOfRef = new Map<ChunkRef, number>();
  #ranges = new RopeColumns();
  #chunk: OpenChunk | null = null;
  #rows = 0;
  #bytes = 0;

  /** `digested`: `readBackSha256` will be asked for. */
  constructor(writer: ChunkWriter, rowHash: RowHash, digested: boolean) {
    this.#writer = writer;
    this.#rowHash = rowHash;
    this.#hash = digested ? createHash('sha256') : null;
  }

  /** Appends rows `from` up to but without `to` of the piece, to be stored. */
  literal(piece: RowPiece, from: number, to: number): void {
    if (this.#ranges.length >= PIECE_RANGES) this.#closePiece();
    for (let row = from; row < to; ) {
      const { end, closes } = this.#runFrom(piece, row, to);
      if (end > row) this.#append(piece.bytes, startOf(piece, row), startOf(piece, end), end - row);
      if (closes) this.#closeChunk();
      row = end;
    }
  }

  /** Appends rows that lie in a chunk of an earlier backup; `chunk` is its plaintext. */
  reuse(ref: ChunkRef, chunk: Buffer, start: number, bytes: number, rows: number): void {
    this.#hash?.update(chunk.subarray(start, start + bytes));
    this.takeOver(ref, start, bytes, rows);
  }

  /** As `reuse`, without a look at the rows: not for a builder that was told to digest them. */
  takeOver(ref: ChunkRef, start: number, bytes: number, rows: number): void {
    if (this.#ranges.length >= PIECE_RANGES) this.#closePiece();
    this.#addRange(this.#slotOfRef.get(ref) ?? this.#slotFor(ref), start, bytes, rows);
  }

  /** Hands the full chunks to the writer. To be called after each piece, to bound memory. */
  async settle(): Promise<void> {
    for (const chunk of this.#full.splice(0)) {
      // Rows of text always shrink: trying first would cost more than it gains.
      const { ref } = await this.#writer.add(chunk.buffer.subarray(0, chunk.filled), 'brotli');
      chunk.stored(ref);
      ref.then(() => this.#buffers.give(chunk.buffer)).catch(() => {});
    }
    for (const { slots, ranges } of this.#closed.splice(0)) {
      const chunks = await Promise.all(slots);
      this.#digest.add(chunks, ranges);
      const { ref } = await this.#writer.add(encodeRopeColumns({ chunks, ranges }), 'brotli');
      this.#refs.push(ref);
    }
  }

  /** SHA-256 (hex) of what the rope reads back so far; null where it was not asked for. */
  readBackSha256(): string | null {
    return this.#hash?.copy().digest('hex') ?? null;
  }

  async finish(): Promise<BuiltRope> {
    this.#closePiece();
    await this.settle();
    return {
      refs: await Promise.all(this.#refs),
      rows: this.#rows,
      bytes: this.#bytes,
      digest: this.#digest.digest(),
    };
  }

  #append(bytes: Buffer, start: number, end: number, rows: number): void {
    const rowsBytes = bytes.subarray(start, end);
    this.#hash?.update(rowsBytes);
    this.#chunk ??= this.#openChunk();
    if (this.#chunk.filled + rowsBytes.length > this.#chunk.buffer.length)
      this.#chunk.grow(end - start);
    this.#chunk.buffer.set(rowsBytes, this.#chunk.filled);
    this.#addRange(this.#chunk.slot, this.#chunk.filled, rowsBytes.length, rows);
    this.#chunk.filled += rowsBytes.length;
  }

  #addRange(slot: number, start: number, bytes: number, rows: number): void {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#ranges.append(slot, start, bytes, rows);
  }

  #slotFor(ref: ChunkRef): number {
    const name = `${ref.id}.${ref.generation}`;
    const slot = this.#slotOf.get(name) ?? this.#slots.push(Promise.resolve(ref)) - 1;
    this.#slotOf.set(name, slot);
    this.#slotOfRef.set(ref, slot);
    return slot;
  }

  #openChunk(): OpenChunk {
    const chunk = new OpenChunk(this.#slots.length, this.#buffers.take());
    this.#slots.push(chunk.ref);
    return chunk;
  }

  #closeChunk(): void {
    if (this.#chunk) this.#full.push(this.#chunk);
    this.#chunk = null;
  }

  #closePiece(): void {
    this.#closeChunk();
    if (this.#ranges.length > 0) this.#closed.push({ slots: this.#slots, ranges: this.#ranges });
    this.#slots = [];
    this.#ranges = new RopeColumns();
    this.#slotOf.clear();
    this.#slotOfRef.clear();
  }

  /** The rows that go into the open chunk at once: up to `end`, and whether they fill the chunk. */
  #runFrom(piece: RowPiece, from: number, to: number): { end: number; closes: boolean } {
    const before = (this.#chunk?.filled ?? 0) - startOf(piece, from);
    for (let row = this.#rowsBelowMinimum(piece, from, to); row < to; row++) {
      const start = startOf(piece, row);
      const end = startOf(piece, row + 1);
      if (before + end > MAX_BYTES && before + start > 0) return { end: row, closes: true };
      if (this.#endsChunk(piece.bytes, start, end, before + end))
        return { end: row + 1, closes: true };
    }
    return { end: to, closes: false };
  }

  /** The row up to which the chunk stays below its minimum, so that it cannot end before. */
  #rowsBelowMinimum(piece: RowPiece, from: number, to: number): number {
    const room = startOf(piece, from) + MIN_BYTES - (this.#chunk?.filled ?? 0) - 1;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (startOf(piece, middle) <= room) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Content-defined: the same rows end a chunk wherever they are, on average AIM_BYTES apart. */
  #endsChunk(bytes: Buffer, start: number, end: number, filled: number): boolean {
    if (filled < MIN_BYTES) return false;
    if (filled >= MAX_BYTES) return true;
    const odds = (end - start) / (AIM_BYTES - MIN_BYTES);
    return this.#rowHash(bytes, start, end) < odds * 2 ** 32;
  }
}

/** Rows that are being gathered. Its reference is known once it was handed to the writer. */
class OpenChunk {
  readonly slot: number;
  readonly ref: Promise<ChunkRef>;
  buffer: Buffer;
  filled = 0;
  stored: (ref: Promise<ChunkRef>) => void = () => {};

  constructor(slot: number, buffer: Buffer) {
    this.slot = slot;
    this.buffer = buffer;
    this.ref = new Promise((resolve) => {
      this.stored = resolve;
    });
    // The writer reports a failure.
    this.ref.catch(() => {});
  }

  grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(this.filled + bytes);
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}

/** Where row `row` begins; for the number of rows, where the last one ends. */
export function startOf(piece: RowPiece, row: number): number {
  return row === 0 ? 0 : (piece.ends[row - 1] ?? piece.bytes.length);
}
