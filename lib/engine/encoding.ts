import { FiberkeepError } from '#errors';
import type { ChunkCodec, ChunkRef } from './ports.ts';

const CODECS: readonly ChunkCodec[] = ['none', 'brotli'];
const ID_BYTES = 32;

/** Writes ropes and file lists (FORMAT.md, "Numbers and references") into a buffer that grows. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  /** LEB128: seven bits a byte, low ones first. Up to 2^53 - 1. */
  number(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Zigzag: 0, -1, 1, -2, 2 … as 0, 1, 2, 3, 4 … */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#length += this.#buffer.write(digits, this.#length, 'hex');
  }

  chunk(ref: ChunkRef): void {
    this.hex(ref.id);
    this.number(Number(ref.generation));
    this.byte(CODECS.indexOf(ref.codec));
    this.number(ref.plainBytes);
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#buffer.length + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads what ByteWriter wrote. Throws CHUNK_CORRUPT where the bytes end early or are malformed. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw malformed();
    return value;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw malformed();
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  hex(bytes: number): string {
    if (this.#at + bytes > this.#bytes.length) throw malformed();
    this.#at += bytes;
    return this.#bytes.toString('hex', this.#at - bytes, this.#at);
  }

  chunk(): ChunkRef {
    const id = this.hex(ID_BYTES);
    const generation = BigInt(this.number());
    const codec = CODECS[this.byte()];
    if (!codec) throw malformed();
    return { id, generation, codec, plainBytes: this.number() };
  }
}

export function malformed(): FiberkeepError {
  return new FiberkeepError('CHUNK_CORRUPT', { reason: 'listMalformed' });
}
