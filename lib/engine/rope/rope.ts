import { ByteReader, ByteWriter, malformed } from '../encoding.ts';
import type { ChunkRef } from '../ports.ts';
import { MAX_UINT32, RopeColumns, type RopeRange } from './rope-columns.ts';

export type { RopeRange };

/** A part of a rope that is encoded by itself. The rope of a long table has many. */
export interface RopePiece {
  readonly chunks: readonly ChunkRef[];
  readonly ranges: readonly RopeRange[];
}

/** A piece with its ranges as columns. `slot` of a range is an index into `chunks`. */
export interface RopeColumnsPiece {
  readonly chunks: readonly ChunkRef[];
  readonly ranges: RopeColumns;
}

/** A piece is closed when it has this many ranges, so that no reader ever holds a whole rope. */
export const PIECE_RANGES = 32_768;

const VERSION = 1;

/**
 * FORMAT.md, "Rope". A range's start is written as its distance from the end of the last range in the same
 * chunk. So a range that continues a chunk costs one byte.
 */
export function encodeRopeColumns({ chunks, ranges }: RopeColumnsPiece): Buffer {
  const out = new ByteWriter();
  out.byte(VERSION);
  out.number(chunks.length);
  for (const ref of chunks) out.chunk(ref);
  out.number(ranges.length);
  const { slots, starts, bytes, rows } = ranges;
  const left = new Float64Array(chunks.length);
  let last = 0;
  for (let i = 0; i < ranges.length; i++) {
    const slot = slots[i] ?? 0;
    const start = starts[i] ?? 0;
    out.signed(slot - last);
    out.signed(start - (left[slot] ?? 0));
    out.number(bytes[i] ?? 0);
    out.number(rows[i] ?? 0);
    left[slot] = start + (bytes[i] ?? 0);
    last = slot;
  }
  return out.take();
}

/** Throws CHUNK_CORRUPT for bytes that are not a rope piece, also where a range leaves its chunk. */
export function decodeRopeColumns(encoded: Buffer): RopeColumnsPiece {
  const input = new ByteReader(encoded);
  if (input.byte() !== VERSION) throw malformed();
  const chunks = Array.from({ length: count(input, encoded) }, () => input.chunk());
  const sizes = Float64Array.from(chunks, ({ plainBytes }) => plainBytes);
  const ranges = new RopeColumns(count(input, encoded));
  const left = new Float64Array(chunks.length);
  let slot = 0;
  for (let i = ranges.room; i > 0; i--) {
    slot += input.signed();
    if (slot < 0 || slot >= chunks.length) throw malformed();
    const start = (left[slot] ?? 0) + input.signed();
    const bytes = input.number();
    const rows = input.number();
    const end = start + bytes;
    if (start < 0 || bytes < 1 || end > (sizes[slot] ?? 0)) throw malformed();
    if (end > MAX_UINT32 || rows > MAX_UINT32) throw malformed();
    ranges.push(slot, start, bytes, rows);
    left[slot] = end;
  }
  if (!input.atEnd) throw malformed();
  return { chunks, ranges };
}

export function encodeRopePiece({ chunks, ranges }: RopePiece): Buffer {
  const columns = new RopeColumns(ranges.length);
  for (const { chunk, start, bytes, rows } of ranges) columns.push(chunk, start, bytes, rows);
  return encodeRopeColumns({ chunks, ranges: columns });
}

/** As `decodeRopeColumns`. */
export function decodeRopePiece(encoded: Buffer): RopePiece {
  const { chunks, ranges } = decodeRopeColumns(encoded);
  return { chunks, ranges: Array.from({ length: ranges.length }, (_, i) => ranges.at(i)) };
}

/** Refuses a count that the bytes cannot hold, so that a wrong one reserves no memory. */
function count(input: ByteReader, bytes: Buffer): number {
  const found = input.number();
  if (found > bytes.length) throw malformed();
  return found;
}
