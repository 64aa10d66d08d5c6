import { copyOut, type RowPiece } from '../postgres/copy-out.ts';
import { PART_BLOCKS, PartRows } from './part.ts';
import { packPart } from './part-codec.ts';
import type { PackedPart } from './row-map.ts';
import { addVersions, scanVersions } from './scan.ts';
import type { TableReader } from './table-reader.ts';

/** The parts of the map of a table that is being read, in order. */
export type MapParts = Promise<PackedPart>[];

/**
 * The COPY text of a whole table, as `COPY … TO STDOUT` gives it, read part by part. The map of each part, with the
 * versions of the rows that were just read, is added to `parts`.
 */
export async function* readWhole(
  reader: TableReader,
  parts: MapParts,
): AsyncGenerator<RowPiece, void> {
  const { client, name, columns, table, signal } = reader;
  for (let first = 0; first < table.blocks; first += PART_BLOCKS) {
    const end = Math.min(first + PART_BLOCKS, table.blocks);
    const sizes = new Sizes();
    const rows = `SELECT ${columns.join(', ')} FROM ONLY ${name} WHERE ctid >= '(${first},0)' AND ctid < '(${end},0)'`;
    for await (const piece of copyOut(client, `COPY (${rows}) TO STDOUT`, signal)) {
      sizes.add(piece);
      yield piece;
    }
    parts.push(partOf(await versionsOf(reader, first, end), sizes.take()));
  }
}

/** The map of a table whose rows, in physical order, have these sizes of text. Throws RangeError where they do not. */
export async function mapPartsOf(reader: TableReader, sizes: SizeSource): Promise<MapParts> {
  const { table } = reader;
  const parts: MapParts = [];
  for (let first = 0; first < table.blocks; first += PART_BLOCKS) {
    const end = Math.min(first + PART_BLOCKS, table.blocks);
    const rows = await versionsOf(reader, first, end);
    parts.push(partOf(rows, sizes.next(rows.length)));
  }
  sizes.end();
  return parts;
}

/** Hands out sizes of rows in order. */
export interface SizeSource {
  next(rows: number): Uint32Array;
  /** Throws RangeError where some are left. */
  end(): void;
}

async function versionsOf(reader: TableReader, first: number, end: number): Promise<PartRows> {
  const rows = new PartRows();
  addVersions(rows, await scanVersions(reader, { from: first, to: end }), first);
  return rows;
}

/** Compressed while the next part is read. */
function partOf(rows: PartRows, sizes: Uint32Array): Promise<PackedPart> {
  if (sizes.length !== rows.length)
    throw new RangeError(`${rows.length} versions of ${sizes.length} rows`);
  let bytes = 0;
  for (let i = 0; i < sizes.length; i++) {
    const size = sizes[i] ?? 0;
    rows.sizes[i] = size;
    bytes += size;
  }
  const packed = packPart(rows).then((packed) => ({ rows: rows.length, bytes, packed }));
  // Awaited with the others at the end.
  packed.catch(() => {});
  return packed;
}

/** Sizes of the rows of pieces, gathered. */
class Sizes {
  #sizes = new Uint32Array(4096);
  #length = 0;

  add({ ends }: RowPiece): void {
    if (this.#length + ends.length > this.#sizes.length) {
      const larger = new Uint32Array(2 * (this.#length + ends.length));
      larger.set(this.#sizes);
      this.#sizes = larger;
    }
    let start = 0;
    for (const end of ends) {
      this.#sizes[this.#length++] = end - start;
      start = end;
    }
  }

  take(): Uint32Array {
    return this.#sizes.subarray(0, this.#length);
  }
}
