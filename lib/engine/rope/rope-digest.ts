import { createHash } from 'node:crypto';
import type { ChunkRef } from '../ports.ts';
import type { RopeColumns } from './rope-columns.ts';

const ID_BYTES = 32;
const NUMBER_BYTES = 4;
const RANGE_BYTES = ID_BYTES + 3 * NUMBER_BYTES;
const RANGES_AT_ONCE = 1024;

/**
 * The digest of a table (FORMAT.md, "Table digest"): SHA-256 over the resolved ranges of its rope, in order. An id is
 * a keyed hash of the chunk's bytes, so the digest fixes the table's text without reading it.
 */
export class RopeDigest {
  readonly #hash = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafe(RANGES_AT_ONCE * RANGE_BYTES);
  #filled = 0;

  /** The ranges of one piece of the rope. */
  add(chunks: readonly Pick<ChunkRef, 'id'>[], ranges: RopeColumns): void {
    const ids = chunks.map(({ id }) => Buffer.from(id, 'hex'));
    const { slots, starts, bytes, rows } = ranges;
    for (let i = 0; i < ranges.length; i++) {
      const id = ids[slots[i] ?? 0];
      if (!id) throw new RangeError('A range of no chunk');
      this.#range(id, starts[i] ?? 0, bytes[i] ?? 0, rows[i] ?? 0);
    }
  }

  /** Hex; nothing can be added after it. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #range(id: Uint8Array, start: number, bytes: number, rows: number): void {
    if (this.#filled === this.#buffer.length) this.#flush();
    const at = this.#filled;
    this.#buffer.set(id, at);
    this.#buffer.writeUInt32BE(start, at + ID_BYTES);
    this.#buffer.writeUInt32BE(bytes, at + ID_BYTES + NUMBER_BYTES);
    this.#buffer.writeUInt32BE(rows, at + ID_BYTES + 2 * NUMBER_BYTES);
    this.#filled = at + RANGE_BYTES;
  }

  #flush(): void {
    this.#hash.update(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
