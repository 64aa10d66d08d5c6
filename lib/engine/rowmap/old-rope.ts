import type { ChunkIndex, ChunkRef, ManifestTable } from '../ports.ts';
import { isBroken, lostSlots, REBASE_SHARE } from '../rope/earlier-rope.ts';
import { Rebase } from '../rope/rebase.ts';
import type { RopeColumnsPiece } from '../rope/rope.ts';
import { ropePieces } from '../rope/rope-reader.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { MapMismatch } from './mismatch.ts';

/** Bytes of one chunk that hold whole rows. */
export interface Stretch {
  readonly ref: ChunkRef;
  readonly start: number;
  readonly bytes: number;
  readonly rows: number;
}

interface LoadedPiece extends RopeColumnsPiece {
  readonly kept: Uint8Array;
}

/**
 * The rope of a table in the last backup, walked once from its first row to its last. It knows ranges only: how many
 * bytes some rows take, its user knows from the row map. Chunks are pinned before they are taken over.
 */
export class OldRope {
  readonly #index: ChunkIndex;
  readonly #table: ManifestTable;
  readonly #source: AsyncGenerator<RopeColumnsPiece & { readonly piece: number }, void>;
  readonly #rebase: Rebase;
  readonly #loaded: LoadedPiece[] = [];
  /** Rows of the loaded pieces from the cursor on. */
  #ahead = 0;
  /** The range under the cursor in the first loaded piece, and what of it was passed. */
  #range = 0;
  #passedRows = 0;
  #passedBytes = 0;

  constructor(
    { store, keys, index }: { store: ObjectStore; keys: ServerKeys; index: ChunkIndex },
    table: ManifestTable,
  ) {
    this.#index = index;
    this.#table = table;
    this.#source = ropePieces(store, keys, table.rope);
    this.#rebase = new Rebase(table.bytes * REBASE_SHARE);
  }

  /** False where pieces of the rope itself are gone. To be called first. */
  async pin(): Promise<boolean> {
    return (await lostSlots(this.#index, this.#table.rope)).size === 0;
  }

  /** Loads the ranges of the next rows. For each of the rows 1, or 0 where its range shall not be used any more. */
  async keptOf(rows: number): Promise<Uint8Array> {
    while (this.#ahead < rows) await this.#load();
    const kept = new Uint8Array(rows).fill(1);
    let row = -this.#passedRows;
    let range = this.#range;
    for (const piece of this.#loaded) {
      for (; range < piece.ranges.length && row < rows; range++) {
        const end = row + (piece.ranges.rows[range] ?? 0);
        if (piece.kept[range] === 0) kept.fill(0, Math.max(0, row), Math.min(rows, end));
        row = end;
      }
      range = 0;
    }
    return kept;
  }

  /**
   * Passes the next rows, which take so many bytes, and hands over where they are. Throws MapMismatch where the rope has
   * other rows than the map says.
   */
  pass(rows: number, bytes: number, take: ((stretch: Stretch) => void) | null): void {
    for (let [rowsLeft, bytesLeft] = [rows, bytes]; rowsLeft > 0; ) {
      const { ref, start, bytes: own, rows: ownRows } = this.#under();
      const inRange = Math.min(rowsLeft, ownRows);
      const inBytes = inRange === ownRows ? own : bytesLeft;
      const fits = inRange === ownRows ? own <= bytesLeft : bytesLeft < own;
      if (!fits) throw unlikeMap(this.#table);
      take?.({ ref, start, bytes: inBytes, rows: inRange });
      rowsLeft -= inRange;
      bytesLeft -= inBytes;
      this.#advance(inRange, inBytes, inRange === ownRows);
      if (rowsLeft === 0 && bytesLeft !== 0) throw unlikeMap(this.#table);
    }
  }

  /** Throws MapMismatch where rows are left. */
  async end(): Promise<void> {
    if (this.#ahead > 0 || !(await this.#source.next()).done) throw unlikeMap(this.#table);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return(undefined);
  }

  /** What is left of the range under the cursor. */
  #under(): Stretch {
    const [piece] = this.#loaded;
    const { chunk, start, bytes, rows } = piece?.ranges.at(this.#range) ?? NOTHING;
    const ref = piece?.chunks[chunk];
    if (!ref) throw unlikeMap(this.#table);
    return {
      ref,
      start: start + this.#passedBytes,
      bytes: bytes - this.#passedBytes,
      rows: rows - this.#passedRows,
    };
  }

  #advance(rows: number, bytes: number, isWhole: boolean): void {
    this.#ahead -= rows;
    this.#passedRows = isWhole ? 0 : this.#passedRows + rows;
    this.#passedBytes = isWhole ? 0 : this.#passedBytes + bytes;
    if (isWhole) this.#range++;
    while (this.#loaded[0] && this.#range >= this.#loaded[0].ranges.length) {
      this.#loaded.shift();
      this.#range = 0;
    }
  }

  async #load(): Promise<void> {
    const next = await this.#source.next().catch((error) => {
      throw isBroken(error) ? new MapMismatch('ropeUnreadable', this.#table.name) : error;
    });
    if (next.done) throw unlikeMap(this.#table);
    const piece = next.value;
    const lost = await lostSlots(this.#index, piece.chunks);
    this.#loaded.push({ ...piece, kept: this.#rebase.plan(piece.piece, piece, lost) });
    const { rows, length } = piece.ranges;
    for (let i = 0; i < length; i++) this.#ahead += rows[i] ?? 0;
  }
}

const NOTHING = { chunk: -1, start: 0, bytes: 0, rows: 0 };

/** The map is not of this rope, which its digest says: a fault of ours. */
function unlikeMap({ name }: ManifestTable): MapMismatch {
  return new MapMismatch('rowsDiffer', name);
}
