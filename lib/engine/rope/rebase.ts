import type { RopeColumnsPiece } from './rope.ts';
import type { RopePosition } from './rope-reader.ts';

/** A chunk with a smaller share still in use is given up, so that the sweep can free it one day. */
const LIVE_SHARE = 1 / 4;
/** Ranges that are smaller on average are joined into new chunks, which keeps ropes short and quick to read. */
const CRUMB_BYTES = 2 * 1024;
const REGION_RANGES = 256;

/** Chooses the ranges that a backup stores again although their rows did not change. */
export class Rebase {
  #budget: number;
  /** By piece: 1 for each range that is kept. */
  readonly #planned = new Map<number, Uint8Array>();

  /** At most `maxBytes` are stored again; the rest is left to later backups. */
  constructor(maxBytes: number) {
    this.#budget = maxBytes;
  }

  /** For each range of a piece, 1 where it is kept. `lost`: slots of chunks that cannot be relied on. */
  plan(number: number, piece: RopeColumnsPiece, lost: ReadonlySet<number> = new Set()): Uint8Array {
    const known = this.#planned.get(number);
    if (known) return known;
    const kept = new Uint8Array(piece.ranges.length).fill(1);
    this.#giveUpDeadChunks(piece, lost, kept);
    this.#joinCrumbs(piece, kept);
    this.#planned.set(number, kept);
    return kept;
  }

  /** Of a piece that was planned. */
  keeps({ piece, range }: RopePosition): boolean {
    return this.#planned.get(piece)?.[range] === 1;
  }

  #giveUpDeadChunks(
    { chunks, ranges }: RopeColumnsPiece,
    lost: ReadonlySet<number>,
    kept: Uint8Array,
  ): void {
    const { slots, bytes } = ranges;
    const live = new Float64Array(chunks.length);
    for (let i = 0; i < ranges.length; i++) addTo(live, slots[i] ?? 0, bytes[i] ?? 0);
    const givenUp = chunks.map(({ plainBytes }, slot) => {
      const inUse = live[slot] ?? 0;
      return lost.has(slot) || (inUse > 0 && inUse < plainBytes * LIVE_SHARE && this.#pays(inUse));
    });
    if (!givenUp.includes(true)) return;
    for (let i = 0; i < ranges.length; i++) if (givenUp[slots[i] ?? 0]) kept[i] = 0;
  }

  #joinCrumbs({ ranges }: RopeColumnsPiece, kept: Uint8Array): void {
    for (let from = 0; from + REGION_RANGES <= ranges.length; from += REGION_RANGES) {
      let sum = 0;
      for (let i = from; i < from + REGION_RANGES; i++) sum += ranges.bytes[i] ?? 0;
      if (sum < REGION_RANGES * CRUMB_BYTES && this.#pays(sum))
        kept.fill(0, from, from + REGION_RANGES);
    }
  }

  #pays(bytes: number): boolean {
    if (bytes > this.#budget) return false;
    this.#budget -= bytes;
    return true;
  }
}

function addTo(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] ?? 0) + value;
}
