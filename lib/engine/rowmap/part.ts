/** A map is cut into parts of so many blocks of the table's file, 16 MiB each. One at a time is in memory. */
export const PART_BLOCKS = 2048;

/** Line pointers of a block are numbered in 16 bits, from 1. */
const POINTER_BITS = 16;
const SMALLEST_ROOM = 1024;

/** Where a row stands in its part: the number of its block in the part, and its line pointer. Ascending. */
export function placeOf(blockInPart: number, pointer: number): number {
  return (blockInPart << POINTER_BITS) | pointer;
}

export function blockOf(place: number): number {
  return place >>> POINTER_BITS;
}

export function pointerOf(place: number): number {
  return place & ((1 << POINTER_BITS) - 1);
}

/** The first place of a block. */
export function blockStart(blockInPart: number): number {
  return blockInPart << POINTER_BITS;
}

/** The rows of one part in physical order, as columns: place, raw xmin, bytes of COPY text. */
export class PartRows {
  length = 0;
  places: Uint32Array;
  xmins: Uint32Array;
  sizes: Uint32Array;

  constructor(room = SMALLEST_ROOM) {
    this.places = new Uint32Array(room);
    this.xmins = new Uint32Array(room);
    this.sizes = new Uint32Array(room);
  }

  push(place: number, xmin: number, size: number): void {
    if (this.length === this.places.length) this.reserve(1);
    const i = this.length++;
    this.places[i] = place;
    this.xmins[i] = xmin;
    this.sizes[i] = size;
  }

  /** Makes room for so many more rows. */
  reserve(more: number): void {
    if (this.length + more <= this.places.length) return;
    const room = Math.max(SMALLEST_ROOM, this.places.length * 2, this.length + more);
    this.places = grown(this.places, room);
    this.xmins = grown(this.xmins, room);
    this.sizes = grown(this.sizes, room);
  }

  /** Appends rows `from` up to but without `to` of another part's. */
  append(other: PartRows, from: number, to: number): void {
    this.reserve(to - from);
    this.places.set(other.places.subarray(from, to), this.length);
    this.xmins.set(other.xmins.subarray(from, to), this.length);
    this.sizes.set(other.sizes.subarray(from, to), this.length);
    this.length += to - from;
  }
}

function grown(column: Uint32Array, room: number): Uint32Array {
  const larger = new Uint32Array(room);
  larger.set(column);
  return larger;
}
