import type { OldRow, OldRows } from './old-rows.ts';
import type { RopePosition, RopeSegment } from './rope-reader.ts';
import type { RowHash } from './row-hash.ts';

const NEWLINE = 10;
const MAX_INDEXED_ROWS = 32_768;

/** Finds rows ahead of the cursor by hash. Filled only where old and new rows differ. */
export class WindowIndex {
  readonly #old: OldRows;
  readonly #rowHash: RowHash;
  readonly #rows = new Map<number, OldRow>();
  #last: OldRow | null = null;

  constructor(old: OldRows, rowHash: RowHash) {
    this.#old = old;
    this.#rowHash = rowHash;
  }

  /** Adds the rows that came into the window since the last call. */
  extend(): void {
    if (this.#rows.size > MAX_INDEXED_ROWS) this.clear();
    if (this.#last && !this.#old.isAhead(this.#last)) this.#last = null;
    for (let row = this.#old.next(this.#last); row; row = this.#old.next(row)) {
      if (this.#rows.size > 2 * MAX_INDEXED_ROWS) return;
      this.#last = row;
      const chunk = this.#old.segment(row.segment)?.chunk;
      if (chunk) this.#add(this.#rowHash(chunk, row.start, row.end), row);
    }
  }

  /** A row ahead with this hash; the caller compares its bytes. */
  find(hash: number): OldRow | null {
    const row = this.#rows.get(hash);
    return row && this.#old.isAhead(row) ? row : null;
  }

  /** Keeps the nearest of equal rows. */
  #add(hash: number, row: OldRow): void {
    const known = this.#rows.get(hash);
    if (!known || !this.#old.isAhead(known)) this.#rows.set(hash, row);
  }

  clear(): void {
    this.#rows.clear();
    this.#last = null;
  }
}

export interface Landmark extends RopePosition {
  /** Where the row starts in its chunk. */
  readonly start: number;
}

const MAX_LANDMARKS = 65_536;

/**
 * A sample of the rows of the whole rope, to find the place again after a long stretch was removed or
 * moved. It holds the rows whose hash ends in enough zero bits to keep it below MAX_LANDMARKS.
 */
export class Landmarks {
  readonly #rowHash: RowHash;
  readonly #found = new Map<number, Landmark>();
  #mask = 0;

  constructor(rowHash: RowHash) {
    this.#rowHash = rowHash;
  }

  static async survey(segments: AsyncIterable<RopeSegment>, rowHash: RowHash): Promise<Landmarks> {
    const landmarks = new Landmarks(rowHash);
    for await (const segment of segments) landmarks.#take(segment);
    return landmarks;
  }

  find(hash: number): Landmark | null {
    return (hash & this.#mask) === 0 ? (this.#found.get(hash) ?? null) : null;
  }

  #take({ chunk, start, bytes, piece, range }: RopeSegment): void {
    const end = start + bytes;
    for (let at = start; at < end; ) {
      const next = chunk.indexOf(NEWLINE, at) + 1;
      const hash = this.#rowHash(chunk, at, next);
      if ((hash & this.#mask) === 0) this.#found.set(hash, { piece, range, start: at });
      if (this.#found.size > MAX_LANDMARKS) this.#thin();
      at = next;
    }
  }

  #thin(): void {
    this.#mask = (this.#mask << 1) | 1;
    for (const hash of this.#found.keys()) if (hash & this.#mask) this.#found.delete(hash);
  }
}
