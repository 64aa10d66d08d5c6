import type { RowPiece } from '../postgres/copy-out.ts';
import { type OldRow, OldRows } from './old-rows.ts';
import { type RopeBuilder, startOf } from './rope-builder.ts';
import { ROPE_START, type RopePosition, type RopeSegment } from './rope-reader.ts';
import { type Landmark, Landmarks, WindowIndex } from './row-finder.ts';
import type { RowHash } from './row-hash.ts';

/** The last backup's rope of the table. */
export interface EarlierRope {
  segments(from: RopePosition): AsyncGenerator<RopeSegment, void>;
  /** False: the segment's rows are stored again, so that the rope does not fall apart into tiny ranges. */
  keeps(segment: RopeSegment): boolean;
}

/** Rows compared at once while old and new rows are equal. */
const STRIDE_ROWS = 128;
/** How far the nearest common row is looked for: old rows skipped plus new rows stored. */
const NEAR_ROWS = 24;
/** Consecutive new rows not found nearby before the rest of the rope is surveyed. */
const LOST_ROWS = 2048;
/** Each jump opens the rope again at another place. */
const MAX_JUMPS = 64;

/**
 * Finds the rows of a table among those of its last backup. Rows are compared byte for byte; hashes only
 * suggest which. Memory is bounded: a window of the old rows, and landmarks in the rest.
 */
export class Matcher implements AsyncDisposable {
  readonly #builder: RopeBuilder;
  readonly #rope: EarlierRope;
  readonly #rowHash: RowHash;
  readonly #old: OldRows;
  readonly #index: WindowIndex;
  #landmarks: Landmarks | null = null;
  /** A row that was found outside the window. */
  #target: Landmark | null = null;
  /** New rows stored since the last one that was found. */
  #lost = 0;
  #jumps = 0;

  constructor(builder: RopeBuilder, rope: EarlierRope, rowHash: RowHash) {
    this.#builder = builder;
    this.#rope = rope;
    this.#rowHash = rowHash;
    this.#old = new OldRows(rope.segments(ROPE_START));
    this.#index = new WindowIndex(this.#old, rowHash);
  }

  /** Puts the rows of the piece into the rope: takes over those that it finds and stores the others. */
  async feed(piece: RowPiece): Promise<void> {
    const rows = piece.ends.length;
    for (let row = 0; row < rows; ) {
      if (this.#target) await this.#jump(this.#target);
      else if (this.#surveyDue) await this.#survey();
      await this.#old.fill();
      row = this.#walk(piece, row);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#old.close();
  }

  /** Continues until the piece ends or more must be read first; returns the row that it reached. */
  #walk(piece: RowPiece, from: number): number {
    const rows = piece.ends.length;
    let row = from;
    while (row < rows && !this.#old.low && !this.#target && !this.#surveyDue) {
      // Rows at the end are mostly new. After a survey, some may be rows from earlier in the rope.
      if (this.#old.done && !this.#landmarks) {
        this.#builder.literal(piece, row, rows);
        return rows;
      }
      const same = this.#takeSame(piece, row);
      if (same > 0) this.#lost = 0;
      if (same > 0) row += same;
      else row = this.#lost > 0 ? this.#findFar(piece, row) : this.#findNear(piece, row);
    }
    return row;
  }

  /** Takes over the rows that are equal from here on, up to the end of the old segment. */
  #takeSame(piece: RowPiece, row: number): number {
    const current = this.#old.current;
    if (!current) return 0;
    const { segment, offset, left } = current;
    const begin = startOf(piece, row);
    let matched = row;
    for (let stride = STRIDE_ROWS; stride > 0; ) {
      const next = Math.min(matched + stride, piece.ends.length);
      const start = startOf(piece, matched);
      const end = startOf(piece, next);
      const at = offset + start - begin;
      const fits = next > matched && end - begin <= left;
      if (fits && piece.bytes.compare(segment.chunk, at, at + end - start, start, end) === 0)
        matched = next;
      else stride >>= 1;
    }
    if (matched === row) return 0;
    this.#takeOver(piece, row, matched, segment, offset);
    return matched - row;
  }

  #takeOver(piece: RowPiece, from: number, to: number, segment: RopeSegment, offset: number): void {
    const bytes = startOf(piece, to) - startOf(piece, from);
    if (!this.#rope.keeps(segment)) this.#builder.literal(piece, from, to);
    else this.#builder.reuse(segment.ref, segment.chunk, offset, bytes, to - from);
    this.#old.advance(bytes);
  }

  /**
   * Looks for the nearest pair of equal rows: `skip` old rows were removed, `stored` new ones inserted.
   * Returns the new row to continue with.
   */
  #findNear(piece: RowPiece, row: number): number {
    const olds: { row: OldRow; hash: number }[] = [];
    const newHashes: number[] = [];
    for (let distance = 0; distance <= NEAR_ROWS; distance++) {
      const next = this.#old.next(olds.at(-1)?.row ?? null);
      if (next) olds.push({ row: next, hash: this.#hashOld(next) });
      if (row + distance < piece.ends.length) newHashes.push(this.#hashNew(piece, row + distance));
      for (let skip = 0; skip <= distance; skip++) {
        const stored = distance - skip;
        const candidate = olds[skip];
        if (candidate === undefined || newHashes[stored] !== candidate.hash) continue;
        if (!this.#isSame(piece, row + stored, candidate.row)) continue;
        this.#builder.literal(piece, row, row + stored);
        this.#old.skipTo(candidate.row);
        return row + stored;
      }
    }
    this.#index.extend();
    return this.#findFar(piece, row);
  }

  /** Looks for the row in the window, then among the landmarks; stores it where it is in neither. */
  #findFar(piece: RowPiece, row: number): number {
    const hash = this.#hashNew(piece, row);
    const found = this.#index.find(hash);
    if (found && this.#isSame(piece, row, found)) {
      this.#old.skipTo(found);
      this.#lost = 0;
      return row;
    }
    this.#target = this.#jumps < MAX_JUMPS ? (this.#landmarks?.find(hash) ?? null) : null;
    if (this.#target) return row;
    this.#builder.literal(piece, row, row + 1);
    this.#lost++;
    return row + 1;
  }

  get #surveyDue(): boolean {
    return this.#lost >= LOST_ROWS && this.#landmarks === null;
  }

  async #survey(): Promise<void> {
    this.#landmarks = await Landmarks.survey(this.#rope.segments(ROPE_START), this.#rowHash);
  }

  async #jump(target: Landmark): Promise<void> {
    this.#target = null;
    this.#jumps++;
    await this.#old.reopen(this.#rope.segments(target), target, target.start);
    this.#index.clear();
    this.#lost = 0;
  }

  #isSame(piece: RowPiece, row: number, old: OldRow): boolean {
    const chunk = this.#old.segment(old.segment)?.chunk;
    const start = startOf(piece, row);
    const end = startOf(piece, row + 1);
    if (!chunk || old.end - old.start !== end - start) return false;
    return piece.bytes.compare(chunk, old.start, old.end, start, end) === 0;
  }

  #hashNew(piece: RowPiece, row: number): number {
    return this.#rowHash(piece.bytes, startOf(piece, row), startOf(piece, row + 1));
  }

  #hashOld(row: OldRow): number {
    const chunk = this.#old.segment(row.segment)?.chunk;
    return chunk ? this.#rowHash(chunk, row.start, row.end) : -1;
  }
}
