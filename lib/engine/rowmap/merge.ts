import { couldBeAnother, type XidWindow } from './fits.ts';
import { blockStart, PartRows } from './part.ts';
import { addVersions, type Span, type Versions } from './scan.ts';

/** Rows of the last backup's rope that are still what they were. */
export const TAKE = 0;
/** As TAKE, but their text is read too and compared with the rope's. */
export const COMPARE = 1;
/** Rows of the rope that are gone, or that are stored anew. */
export const SKIP = 2;
/** Rows that are not in the rope, or that it shall have in new chunks. */
export const FETCH = 3;

type RunKind = typeof TAKE | typeof COMPARE | typeof SKIP | typeof FETCH;

export interface Run {
  readonly kind: RunKind;
  rows: number;
  /** Of the rope's text; unknown (0) for FETCH. */
  bytes: number;
}

/** How the rows of a part come from the rope and from the table, in the table's order. */
export interface MergedPart {
  readonly runs: readonly Run[];
  /** The rows of now. Sizes of those that are fetched are still 0. */
  readonly rows: PartRows;
  /** Indices in `rows` of those that are read from the table, for FETCH and COMPARE. */
  readonly wanted: readonly number[];
}

export interface PartToMerge {
  /** The map's rows of the part. */
  readonly old: PartRows;
  /** For each of them 1, or 0 where its range of the rope shall not be used any more. */
  readonly kept: Uint8Array;
  /** Blocks [from, to) of the part: rows there that are taken over are compared. */
  readonly compared: { readonly from: number; readonly to: number };
  readonly spans: readonly Span[];
  readonly versions: readonly Versions[];
  readonly firstBlock: number;
  readonly window: XidWindow;
}

/**
 * Compares the versions of now with those of the map, as sets: a row is taken over where its place and its xmin are
 * equal, and no transaction since the map's snapshot could have given both to another row.
 */
export function mergePart(part: PartToMerge): MergedPart {
  return new Merge(part).run();
}

class Merge {
  readonly #part: PartToMerge;
  readonly #rows: PartRows;
  readonly #runs: Run[] = [];
  readonly #wanted: number[] = [];
  readonly #comparedFrom: number;
  readonly #comparedTo: number;
  #last: Run | null = null;
  /** The next of the map's rows. */
  #at = 0;

  constructor(part: PartToMerge) {
    this.#part = part;
    this.#rows = new PartRows(part.old.length + 64);
    this.#comparedFrom = blockStart(part.compared.from);
    this.#comparedTo = blockStart(part.compared.to);
  }

  run(): MergedPart {
    const { spans, versions, old, firstBlock } = this.#part;
    for (const [n, span] of spans.entries()) {
      const end = this.#indexOf(blockStart(span.to - firstBlock));
      const found = versions[n] ?? null;
      if (found === null) this.#unchanged(end);
      else this.#compare(found, end);
    }
    this.#skip(old.length);
    return { runs: this.#runs, rows: this.#rows, wanted: this.#wanted };
  }

  /** The map's rows up to `end` are those of now. */
  #unchanged(end: number): void {
    const { old } = this.#part;
    const first = this.#rows.length;
    this.#rows.append(old, this.#at, end);
    for (let i = first; this.#at < end; i++) this.#use(i, old.sizes[this.#at] ?? 0);
  }

  #compare(versions: Buffer, end: number): void {
    const { old, firstBlock, window } = this.#part;
    const rows = this.#rows;
    const first = rows.length;
    addVersions(rows, versions, firstBlock);
    for (let i = first; i < rows.length; i++) {
      const place = rows.places[i] ?? 0;
      const xmin = rows.xmins[i] ?? 0;
      while (this.#at < end && (old.places[this.#at] ?? 0) < place) this.#skip(this.#at + 1);
      const isSame =
        this.#at < end &&
        old.places[this.#at] === place &&
        old.xmins[this.#at] === xmin &&
        !couldBeAnother(xmin, window);
      if (isSame) this.#use(i, old.sizes[this.#at] ?? 0);
      else this.#fetch(i);
    }
    this.#skip(end);
  }

  /** The map's next row is row `i` of now. */
  #use(i: number, size: number): void {
    if (this.#part.kept[this.#at] === 0) {
      this.#skip(this.#at + 1);
      this.#fetch(i);
      return;
    }
    const place = this.#rows.places[i] ?? 0;
    const isCompared = place >= this.#comparedFrom && place < this.#comparedTo;
    if (isCompared) this.#wanted.push(i);
    this.#rows.sizes[i] = size;
    this.#add(isCompared ? COMPARE : TAKE, size);
    this.#at++;
  }

  #fetch(i: number): void {
    this.#rows.sizes[i] = 0;
    this.#wanted.push(i);
    this.#add(FETCH, 0);
  }

  #skip(end: number): void {
    const { sizes } = this.#part.old;
    for (; this.#at < end; this.#at++) this.#add(SKIP, sizes[this.#at] ?? 0);
  }

  #add(kind: RunKind, bytes: number): void {
    if (this.#last?.kind !== kind) {
      this.#last = { kind, rows: 0, bytes: 0 };
      this.#runs.push(this.#last);
    }
    this.#last.rows++;
    this.#last.bytes += bytes;
  }

  /** The first of the map's rows at or after a place. */
  #indexOf(place: number): number {
    const { places, length } = this.#part.old;
    let low = this.#at;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
