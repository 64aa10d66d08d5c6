import { ByteReader, ByteWriter, malformed } from '../encoding.ts';
import type { ChunkRef } from '../ports.ts';

/** A range of whole rows: `bytes` of a chunk's plaintext from `start` on. `chunk` is an index into `chunks`. */
export interface RopeRange {
  readonly chunk: number;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

/** A part of a rope that is encoded by itself. The rope of a long table has many. */
export interface RopePiece {
  readonly chunks: readonly ChunkRef[];
  readonly ranges: readonly RopeRange[];
}

/** A piece is closed when it has this many ranges, so that no reader ever holds a whole rope. */
export const PIECE_RANGES = 32_768;

const VERSION = 1;

/**
 * FORMAT.md, "Rope". A range's start is written as its distance from the end of the last range in the same
 * chunk. So a range that continues a chunk costs one byte.
 */
export function encodeRopePiece(piece: RopePiece): Buffer {
  const out = new ByteWriter();
  out.byte(VERSION);
  out.number(piece.chunks.length);
  for (const ref of piece.chunks) out.chunk(ref);
  out.number(piece.ranges.length);
  const left = new Float64Array(piece.chunks.length);
  let last = 0;
  for (const range of piece.ranges) {
    out.signed(range.chunk - last);
    out.signed(range.start - (left[range.chunk] ?? 0));
    out.number(range.bytes);
    out.number(range.rows);
    left[range.chunk] = range.start + range.bytes;
    last = range.chunk;
  }
  return out.take();
}

/** Throws CHUNK_CORRUPT for bytes that are not a rope piece, also where a range leaves its chunk. */
export function decodeRopePiece(bytes: Buffer): RopePiece {
  const input = new ByteReader(bytes);
  if (input.byte() !== VERSION) throw malformed();
  const chunks = Array.from({ length: count(input, bytes) }, () => input.chunk());
  const left = new Float64Array(chunks.length);
  let last = 0;
  const ranges = Array.from({ length: count(input, bytes) }, () => {
    const chunk = last + input.signed();
    const ref = chunks[chunk];
    if (!ref) throw malformed();
    const start = (left[chunk] ?? 0) + input.signed();
    const range = { chunk, start, bytes: input.number(), rows: input.number() };
    if (start < 0 || range.bytes < 1 || start + range.bytes > ref.plainBytes) throw malformed();
    left[chunk] = start + range.bytes;
    last = chunk;
    return range;
  });
  if (!input.atEnd) throw malformed();
  return { chunks, ranges };
}

/** Refuses a count that the bytes cannot hold, so that a wrong one reserves no memory. */
function count(input: ByteReader, bytes: Buffer): number {
  const found = input.number();
  if (found > bytes.length) throw malformed();
  return found;
}
