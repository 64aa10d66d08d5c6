/** A range of whole rows: `bytes` of a chunk's plaintext from `start` on. `chunk` is an index into `chunks`. */
export interface RopeRange {
  readonly chunk: number;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

export const MAX_UINT32 = 2 ** 32 - 1;
const SMALLEST_ROOM = 256;

/**
 * Ranges as columns of numbers. After many nights the rope of a large table has a million ranges; as objects they
 * would take 60 MB and most of a backup's time (`npm run bench -- changes`).
 */
export class RopeColumns {
  length = 0;
  slots: Uint32Array;
  starts: Uint32Array;
  bytes: Uint32Array;
  rows: Uint32Array;

  constructor(room: number = SMALLEST_ROOM) {
    this.slots = new Uint32Array(room);
    this.starts = new Uint32Array(room);
    this.bytes = new Uint32Array(room);
    this.rows = new Uint32Array(room);
  }

  /** Ranges that fit before the columns grow. */
  get room(): number {
    return this.slots.length;
  }

  push(slot: number, start: number, bytes: number, rows: number): void {
    if (this.length === this.room) this.#grow();
    const i = this.length++;
    this.slots[i] = slot;
    this.starts[i] = start;
    this.bytes[i] = bytes;
    this.rows[i] = rows;
  }

  /** As `push`; a range that continues the one before becomes a part of it. */
  append(slot: number, start: number, bytes: number, rows: number): void {
    const last = this.length - 1;
    const lastBytes = this.bytes[last] ?? 0;
    if (last >= 0 && this.slots[last] === slot && (this.starts[last] ?? 0) + lastBytes === start) {
      this.bytes[last] = lastBytes + bytes;
      this.rows[last] = (this.rows[last] ?? 0) + rows;
    } else {
      this.push(slot, start, bytes, rows);
    }
  }

  at(i: number): RopeRange {
    return {
      chunk: this.slots[i] ?? 0,
      start: this.starts[i] ?? 0,
      bytes: this.bytes[i] ?? 0,
      rows: this.rows[i] ?? 0,
    };
  }

  #grow(): void {
    const room = Math.max(SMALLEST_ROOM, this.room * 2);
    this.slots = grown(this.slots, room);
    this.starts = grown(this.starts, room);
    this.bytes = grown(this.bytes, room);
    this.rows = grown(this.rows, room);
  }
}

function grown(column: Uint32Array, room: number): Uint32Array {
  const larger = new Uint32Array(room);
  larger.set(column);
  return larger;
}
