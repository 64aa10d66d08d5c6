import { fetchChunk } from '../chunks/chunk.ts';
import type { ChunkIndex } from '../ports.ts';
import type { RowPiece } from '../postgres/copy-out.ts';
import { isBroken } from '../rope/earlier-rope.ts';
import { type RopeBuilder, startOf } from '../rope/rope-builder.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { fetchRows } from './fetch-rows.ts';
import { COMPARE, FETCH, type MergedPart, SKIP, TAKE } from './merge.ts';
import { MapMismatch } from './mismatch.ts';
import type { OldRope, Stretch } from './old-rope.ts';
import type { TableReader } from './table-reader.ts';

interface Appending {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  readonly reader: TableReader;
  readonly rope: OldRope;
  readonly builder: RopeBuilder;
}

/**
 * Puts the rows of a merged part behind those that the builder has, and notes the sizes of those that are fetched.
 * Answers the bytes of all of them. Throws MapMismatch where compared rows are not those of the rope.
 */
export async function appendPart(
  appending: Appending,
  merged: MergedPart,
  firstBlock: number,
): Promise<{ bytes: number; comparedBytes: number }> {
  const { rope, builder, reader } = appending;
  await using fetched = new FetchedRows(appending, merged, firstBlock);
  const takeOver = ({ ref, start, bytes, rows }: Stretch) =>
    builder.takeOver(ref, start, bytes, rows);
  let bytes = 0;
  let comparedBytes = 0;
  for (const run of merged.runs) {
    switch (run.kind) {
      case TAKE:
        rope.pass(run.rows, run.bytes, takeOver);
        bytes += run.bytes;
        break;
      case SKIP:
        rope.pass(run.rows, run.bytes, null);
        break;
      case FETCH:
        bytes += await storeRows(builder, fetched, run.rows);
        break;
      case COMPARE:
        await compareRows(appending, fetched, run);
        bytes += run.bytes;
        comparedBytes += run.bytes;
        break;
    }
  }
  if (!(await fetched.areOver())) throw new MapMismatch('rowsDiffer', reader.table.name);
  return { bytes, comparedBytes };
}

async function storeRows(builder: RopeBuilder, fetched: FetchedRows, rows: number) {
  let bytes = 0;
  for await (const { piece, from, to } of fetched.take(rows)) {
    builder.literal(piece, from, to);
    bytes += startOf(piece, to) - startOf(piece, from);
    await builder.settle();
  }
  return bytes;
}

/** Takes the next rows of the rope over after comparing every byte of them with what was fetched. */
async function compareRows(
  { store, keys, index, reader, rope, builder }: Appending,
  fetched: FetchedRows,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
): Promise<void> {
  const stretches: Stretch[] = [];
  rope.pass(rows, bytes, (stretch) => stretches.push(stretch));
  const differ = new MapMismatch('rowsDiffer', reader.table.name);
  for (const { ref, start, bytes, rows } of stretches) {
    const chunk = await fetchChunk(store, keys, ref).catch(async (error) => {
      if (!isBroken(error)) throw error;
      await index.distrust([ref]);
      throw new MapMismatch('ropeUnreadable', reader.table.name);
    });
    let at = start;
    for await (const { piece, from, to } of fetched.take(rows)) {
      const [textFrom, textTo] = [startOf(piece, from), startOf(piece, to)];
      const end = at + textTo - textFrom;
      if (end > start + bytes) throw differ;
      if (piece.bytes.compare(chunk, at, end, textFrom, textTo) !== 0) throw differ;
      at = end;
    }
    if (at !== start + bytes) throw differ;
    builder.takeOver(ref, start, bytes, rows);
  }
}

interface FetchedSlice {
  readonly piece: RowPiece;
  readonly from: number;
  readonly to: number;
}

/** The wanted rows of a part, handed out in order. */
class FetchedRows {
  readonly #merged: MergedPart;
  readonly #source: AsyncGenerator<RowPiece, void>;
  #piece: RowPiece | null = null;
  #row = 0;
  /** How many were handed out. */
  #taken = 0;

  constructor({ reader }: Pick<Appending, 'reader'>, merged: MergedPart, firstBlock: number) {
    const { rows, wanted } = merged;
    this.#merged = merged;
    this.#source = fetchRows({ reader, rows, wanted, firstBlock });
  }

  /** The next `rows` rows in slices, each good until the next is asked for. */
  async *take(rows: number): AsyncGenerator<FetchedSlice, void> {
    for (let left = rows; left > 0; ) {
      const piece = await this.#current();
      const from = this.#row;
      const to = Math.min(piece.ends.length, from + left);
      this.#noteSizes(piece, from, to);
      yield { piece, from, to };
      this.#row = to;
      left -= to - from;
    }
  }

  /** Whether nothing more was fetched. */
  async areOver(): Promise<boolean> {
    const isUsed = !this.#piece || this.#row >= this.#piece.ends.length;
    return isUsed && (await this.#source.next()).done === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return(undefined);
  }

  async #current(): Promise<RowPiece> {
    while (!this.#piece || this.#row >= this.#piece.ends.length) {
      const next = await this.#source.next();
      if (next.done) throw new RangeError('Fewer rows were fetched than wanted');
      this.#piece = next.value;
      this.#row = 0;
    }
    return this.#piece;
  }

  #noteSizes(piece: RowPiece, from: number, to: number): void {
    const { rows, wanted } = this.#merged;
    for (let row = from; row < to; row++) {
      const i = wanted[this.#taken++] ?? 0;
      rows.sizes[i] = startOf(piece, row + 1) - startOf(piece, row);
    }
  }
}
