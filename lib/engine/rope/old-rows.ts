import type { RopePosition, RopeSegment } from './rope-reader.ts';

const NEWLINE = 10;
const WINDOW_BYTES = 2 * 1024 * 1024;

/** A row of the last backup: the number of its segment, and where the row is in its chunk. */
export interface OldRow {
  readonly segment: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The rows of the last backup from a cursor on. A window of about 2 MiB ahead of it is in memory. Segments
 * are numbered from the first that was read, so an OldRow stays valid while the window moves.
 */
export class OldRows {
  #source: AsyncGenerator<RopeSegment, void>;
  #segments: RopeSegment[] = [];
  /** Number of the first segment in `segments`, which has the cursor in it. */
  #first = 0;
  #offset = 0;
  #ahead = 0;
  #sourceDone = false;

  constructor(source: AsyncGenerator<RopeSegment, void>) {
    this.#source = source;
  }

  /** No row is left. */
  get done(): boolean {
    return this.#sourceDone && this.#segments.length === 0;
  }

  /** Time to call `fill`. */
  get low(): boolean {
    return !this.#sourceDone && this.#ahead < WINDOW_BYTES / 2;
  }

  async fill(): Promise<void> {
    while (!this.#sourceDone && this.#ahead < WINDOW_BYTES) {
      const next = await this.#source.next();
      if (next.done) {
        this.#sourceDone = true;
        return;
      }
      if (this.#segments.length === 0) this.#offset = next.value.start;
      this.#segments.push(next.value);
      this.#ahead += next.value.bytes;
    }
  }

  /** Continues with another source, at the row that starts at `offset` in the range `from`. */
  async reopen(
    source: AsyncGenerator<RopeSegment, void>,
    from: RopePosition,
    offset: number,
  ): Promise<void> {
    await this.close();
    this.#first += this.#segments.length;
    this.#segments = [];
    this.#ahead = 0;
    this.#sourceDone = false;
    this.#source = source;
    await this.fill();
    const [segment] = this.#segments;
    // The source leaves out ranges that cannot be relied on.
    if (segment?.piece === from.piece && segment.range === from.range)
      this.advance(offset - segment.start);
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
  }

  /** The segment at the cursor, and its bytes from the cursor on. */
  get current(): { segment: RopeSegment; offset: number; left: number } | null {
    const [segment] = this.#segments;
    if (!segment) return null;
    return { segment, offset: this.#offset, left: segment.start + segment.bytes - this.#offset };
  }

  segment(number: number): RopeSegment | undefined {
    return this.#segments[number - this.#first];
  }

  /** Passes `bytes` of whole rows of the current segment. */
  advance(bytes: number): void {
    const [segment] = this.#segments;
    if (!segment) return;
    this.#offset += bytes;
    this.#ahead -= bytes;
    if (this.#offset < segment.start + segment.bytes) return;
    this.#segments.shift();
    this.#first++;
    this.#offset = this.#segments[0]?.start ?? 0;
  }

  /** Puts the cursor on a row of the window ahead. */
  skipTo(row: OldRow): void {
    while (this.#first < row.segment) this.advance(this.current?.left ?? 0);
    this.advance(row.start - this.#offset);
  }

  /** Whether the row is at the cursor or after it, and still in the window. */
  isAhead(row: OldRow): boolean {
    if (row.segment !== this.#first)
      return row.segment > this.#first && !!this.segment(row.segment);
    return row.start >= this.#offset;
  }

  /** The row at the cursor, then (given a row) the one after it; null at the window's end. */
  next(after: OldRow | null): OldRow | null {
    let number = after?.segment ?? this.#first;
    let start = after?.end ?? this.#offset;
    let segment = this.segment(number);
    if (segment && start >= segment.start + segment.bytes) {
      segment = this.segment(++number);
      start = segment?.start ?? 0;
    }
    if (!segment) return null;
    return { segment: number, start, end: segment.chunk.indexOf(NEWLINE, start) + 1 };
  }
}
