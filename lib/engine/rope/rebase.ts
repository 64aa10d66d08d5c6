import { chunkObject } from '../chunks/chunk.ts';
import type { LocatedRange } from './rope-reader.ts';

/** A chunk with a smaller share still in use is given up, so that the sweep can free it one day. */
const LIVE_SHARE = 1 / 4;
/** Ranges that are smaller on average are joined into new chunks, which keeps ropes short and quick to read. */
const CRUMB_BYTES = 2 * 1024;
const REGION_RANGES = 256;

/** Chooses the ranges that a backup stores again although their rows did not change. */
export class Rebase {
  #budget: number;
  readonly #given = new Set<string>();
  readonly #planned = new Set<number>();

  /** At most `maxBytes` are stored again; the rest is left to later backups. */
  constructor(maxBytes: number) {
    this.#budget = maxBytes;
  }

  /** Looks at the ranges of one piece of a rope before they are used. */
  plan(ranges: readonly LocatedRange[]): void {
    const [first] = ranges;
    if (!first || this.#planned.has(first.piece)) return;
    this.#planned.add(first.piece);
    this.#giveUpDeadChunks(ranges);
    this.#joinCrumbs(ranges);
  }

  keeps(range: LocatedRange): boolean {
    return !this.#given.has(nameOf(range)) && !this.#given.has(chunkObject(range.ref));
  }

  #giveUpDeadChunks(ranges: readonly LocatedRange[]): void {
    const live = new Map<string, { bytes: number; plainBytes: number }>();
    for (const { ref, bytes } of ranges) {
      const name = chunkObject(ref);
      const known = live.get(name) ?? { bytes: 0, plainBytes: ref.plainBytes };
      known.bytes += bytes;
      live.set(name, known);
    }
    for (const [name, { bytes, plainBytes }] of live)
      if (bytes < plainBytes * LIVE_SHARE && this.#affords(bytes)) this.#given.add(name);
  }

  #joinCrumbs(ranges: readonly LocatedRange[]): void {
    for (let at = 0; at + REGION_RANGES <= ranges.length; at += REGION_RANGES) {
      const region = ranges.slice(at, at + REGION_RANGES);
      const bytes = region.reduce((sum, range) => sum + range.bytes, 0);
      if (bytes < REGION_RANGES * CRUMB_BYTES && this.#affords(bytes))
        for (const range of region) this.#given.add(nameOf(range));
    }
  }

  #affords(bytes: number): boolean {
    if (bytes > this.#budget) return false;
    this.#budget -= bytes;
    return true;
  }
}

function nameOf({ piece, range }: LocatedRange): string {
  return `${piece}/${range}`;
}
