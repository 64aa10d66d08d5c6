import { createHmac } from 'node:crypto';
import { endianness } from 'node:os';
import { BufferPool } from '../memory/buffer-pool.ts';

/** Cuts files at places that their content chooses, so that an insertion moves only the cuts near it. */
export interface Cutter {
  /** Pieces of MIN_BYTES to MAX_FILE_CHUNK_BYTES (the last may be smaller), whatever pieces the bytes come in. */
  cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void>;
}

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
/** Here the first byte of a word is not its lowest. */
const IS_BIG_ENDIAN = endianness() === 'BE';
const MIN_BYTES = 512 * 1024;
export const MAX_FILE_CHUNK_BYTES = 4 * 1024 * 1024;
/** Holds the largest piece and what a source gives at once. */
const BUFFER_BYTES = MAX_FILE_CHUNK_BYTES + 1024 * 1024;
const MAX_FREE_BUFFERS = 2;
/** A cut is made where this many top bits of the rolling hash are 0: on average 512 KiB behind MIN_BYTES. */
const CUT_BITS = 19;
const CUT_MASK = (-1 << (32 - CUT_BITS)) | 0;

/** A gear hash under `key`, so that the sizes of a known file's pieces do not give it away. */
export function openCutter(key: Buffer): Cutter {
  const gear = gearUnder(key);
  const buffers = new BufferPool({ bufferBytes: BUFFER_BYTES, maxFree: MAX_FREE_BUFFERS });

  async function* cut(source: AsyncIterable<Uint8Array>) {
    let held = buffers.take();
    let length = 0;
    const scan = new Scan(gear);
    for await (const bytes of source) {
      held = withRoom(held, length, bytes.length);
      held.set(bytes, length);
      length += bytes.length;
      for (let end = scan.end(held, length); end > 0; end = scan.end(held, length)) {
        yield copyOf(held, end);
        held.copyWithin(0, end, length);
        length -= end;
      }
    }
    const rest = length > 0 ? copyOf(held, length) : null;
    buffers.give(held);
    if (rest) yield rest;
  }

  return { cut };
}

/** Looks for the end of one piece after the other, hashing every byte once. */
class Scan {
  readonly #gear: Int32Array;
  #scanned = 0;
  #hash = 0;

  constructor(gear: Int32Array) {
    this.#gear = gear;
  }

  /**
   * The end of the piece that begins at 0, of which `length` bytes are here; 0 where more bytes are needed.
   * `bytes` must begin where its memory does.
   */
  end(bytes: Buffer, length: number): number {
    const most = Math.min(length, MAX_FILE_CHUNK_BYTES);
    const from = Math.max(this.#scanned, MIN_BYTES);
    const end = from < most ? this.#find(bytes, from, most) : 0;
    this.#scanned = length;
    if (end === 0 && most < MAX_FILE_CHUNK_BYTES) return 0;
    this.#scanned = 0;
    this.#hash = 0;
    return end || most;
  }

  /** Goes by whole words where it can, at half the price of bytes. */
  #find(bytes: Buffer, from: number, to: number): number {
    const [firstWord, lastWord] = [Math.ceil(from / WORD_BYTES), Math.floor(to / WORD_BYTES)];
    if (firstWord >= lastWord || IS_BIG_ENDIAN) return this.#findByte(bytes, from, to);
    return (
      this.#findByte(bytes, from, firstWord * WORD_BYTES) ||
      this.#findInWords(bytes, firstWord, lastWord) ||
      this.#findByte(bytes, lastWord * WORD_BYTES, to)
    );
  }

  #findByte(bytes: Buffer, from: number, to: number): number {
    const gear = this.#gear;
    for (let at = from; at < to; at++) {
      this.#hash = ((this.#hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
      if ((this.#hash & CUT_MASK) === 0) return at + 1;
    }
    return 0;
  }

  #findInWords(bytes: Buffer, from: number, to: number): number {
    const gear = this.#gear;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, to);
    let hash = this.#hash;
    for (let at = from; at < to; at++) {
      const word = words[at] ?? 0;
      const a = ((hash << 1) + (gear[word & 255] ?? 0)) | 0;
      const b = ((a << 1) + (gear[(word >>> 8) & 255] ?? 0)) | 0;
      const c = ((b << 1) + (gear[(word >>> 16) & 255] ?? 0)) | 0;
      const d = ((c << 1) + (gear[word >>> 24] ?? 0)) | 0;
      if (!(a & CUT_MASK && b & CUT_MASK && c & CUT_MASK && d & CUT_MASK)) {
        this.#hash = hash;
        return this.#findByte(bytes, at * WORD_BYTES, (at + 1) * WORD_BYTES);
      }
      hash = d;
    }
    this.#hash = hash;
    return 0;
  }
}

/** In memory of its own, so that it can be released. */
function copyOf(held: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length);
  held.copy(copy, 0, 0, length);
  return copy;
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
