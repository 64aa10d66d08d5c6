import { createHmac } from 'node:crypto';

/** Where files are cut: at places that their content chooses, so that an insertion moves only the cuts near it. */
export interface Cutter {
  /** Pieces of MIN_BYTES to MAX_FILE_CHUNK_BYTES (the last may be smaller), whatever pieces the bytes come in. */
  cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void>;
}

const MIN_BYTES = 512 * 1024;
const MOST_SPARE = 2;
export const MAX_FILE_CHUNK_BYTES = 4 * 1024 * 1024;
/** A cut is made where so many top bits of the rolling hash are 0: 512 KiB further on average, 1 MiB in all. */
const CUT_BITS = 19;
const CUT_MASK = (-1 << (32 - CUT_BITS)) | 0;

/** A gear hash under `key`, so that the sizes of a known file's pieces do not give it away. */
export function openCutter(key: Buffer): Cutter {
  const gear = gearUnder(key);

  /** The end of the piece that begins at 0; -1 when more bytes are needed to say. */
  function findEnd(bytes: Buffer, length: number, from: number, state: { hash: number }): number {
    const end = Math.min(length, MAX_FILE_CHUNK_BYTES);
    let hash = state.hash;
    for (let at = Math.max(from, MIN_BYTES); at < end; at++) {
      hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
      if ((hash & CUT_MASK) === 0) return at + 1;
    }
    state.hash = hash;
    return end === MAX_FILE_CHUNK_BYTES ? MAX_FILE_CHUNK_BYTES : -1;
  }

  /** Buffers of files that are done: fresh memory for each costs more than the cutting. */
  const spare: Buffer<ArrayBuffer>[] = [];

  async function* cut(source: AsyncIterable<Uint8Array>) {
    let held = spare.pop() ?? Buffer.alloc(0);
    let length = 0;
    let scanned = 0;
    const state = { hash: 0 };
    for await (const bytes of source) {
      held = withRoom(held, length, bytes.length);
      held.set(bytes, length);
      length += bytes.length;
      for (;;) {
        const end = findEnd(held, length, scanned, state);
        if (end < 0) break;
        yield Buffer.from(held.subarray(0, end));
        held.copyWithin(0, end, length);
        length -= end;
        scanned = 0;
        state.hash = 0;
      }
      scanned = length;
    }
    const rest = Buffer.from(held.subarray(0, length));
    if (spare.length < MOST_SPARE) spare.push(held);
    if (length > 0) yield rest;
  }

  return { cut };
}

function withRoom(held: Buffer, length: number, more: number): Buffer<ArrayBuffer> {
  if (length + more <= held.length) return held as Buffer<ArrayBuffer>;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * held.length, length + more));
  held.copy(larger, 0, 0, length);
  return larger;
}

function gearUnder(key: Buffer): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) =>
    createHmac('sha256', key).update(`gear ${byte}`).digest().readInt32LE(0),
  );
}
