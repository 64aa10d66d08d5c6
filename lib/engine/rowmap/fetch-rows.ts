import { copyOut, type RowPiece } from '../postgres/copy-out.ts';
import { MapMismatch } from './mismatch.ts';
import { blockOf, type PartRows, pointerOf } from './part.ts';
import type { TableReader } from './table-reader.ts';

/** A TID takes about twelve characters of the statement. */
const ROWS_AT_ONCE = 20_000;
/** Where more of a part's rows are wanted, all of them are read and the others left out. */
const MOST_BY_TID = 1 / 2;

const OPEN = '('.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CLOSE = ')'.charCodeAt(0);
const TAB = '\t'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);

export interface FetchRequest {
  readonly reader: TableReader;
  /** The part that they are in, and its first block in the file. */
  readonly rows: PartRows;
  readonly firstBlock: number;
  /** Indices of the wanted ones in `rows`, ascending. */
  readonly wanted: readonly number[];
}

/**
 * The COPY text of the wanted rows in order, as the reader's snapshot sees them: exactly those, or it throws MapMismatch
 * at the end. A piece is good until the next is asked for.
 */
export async function* fetchRows(request: FetchRequest): AsyncGenerator<RowPiece, void> {
  const { rows, wanted } = request;
  if (wanted.length > rows.length * MOST_BY_TID)
    yield* wantedOf(request, everyRow(request), wanted);
  else
    for (let at = 0; at < wanted.length; at += ROWS_AT_ONCE) {
      const some = wanted.slice(at, at + ROWS_AT_ONCE);
      yield* wantedOf(request, theseRows(request, some), some);
    }
}

/** The planner would read the whole table for so many; readers have `enable_seqscan` off for this. */
function theseRows({ rows, firstBlock }: FetchRequest, wanted: readonly number[]): string {
  const tids = wanted.map((i) => {
    const place = rows.places[i] ?? 0;
    return `"(${firstBlock + blockOf(place)},${pointerOf(place)})"`;
  });
  return `ctid = ANY ('{${tids.join(',')}}'::tid[])`;
}

function everyRow({ rows, firstBlock }: FetchRequest): string {
  const last = firstBlock + blockOf(rows.places[rows.length - 1] ?? 0);
  return `ctid >= '(${firstBlock},0)' AND ctid < '(${last + 1},0)'`;
}

async function* wantedOf(
  { reader, rows, firstBlock }: FetchRequest,
  where: string,
  wanted: readonly number[],
): AsyncGenerator<RowPiece, void> {
  const { client, name, columns, signal } = reader;
  const sql = `COPY (SELECT ${['ctid', ...columns].join(', ')} FROM ONLY ${name} WHERE ${where}) TO STDOUT`;
  let found = 0;
  for await (const { bytes, ends } of copyOut(client, sql, signal)) {
    const kept: number[] = [];
    let filled = 0;
    let start = 0;
    for (const end of ends) {
      const i = wanted[found];
      const place = i === undefined ? -1 : (rows.places[i] ?? 0);
      const { block, pointer, textAt } = readTid(bytes, start);
      if (block - firstBlock === blockOf(place) && pointer === pointerOf(place)) {
        // The places are taken off by moving the rows down over them.
        bytes.copyWithin(filled, textAt, end);
        filled += end - textAt;
        kept.push(filled);
        found++;
      }
      start = end;
    }
    if (kept.length > 0) yield { bytes: bytes.subarray(0, filled), ends: Uint32Array.from(kept) };
  }
  if (found !== wanted.length) throw new MapMismatch('rowsDiffer', reader.table.name);
}

/** `(block,pointer)` at the start of a row, and where the row's own text begins. */
function readTid(bytes: Buffer, start: number) {
  let at = start;
  if (bytes[at++] !== OPEN) throw new RangeError('A row without its place');
  let block = 0;
  for (; bytes[at] !== COMMA; at++) block = block * 10 + ((bytes[at] ?? 0) - ZERO);
  at++;
  let pointer = 0;
  for (; bytes[at] !== CLOSE; at++) pointer = pointer * 10 + ((bytes[at] ?? 0) - ZERO);
  at++;
  // A table without columns has nothing behind the place.
  return { block, pointer, textAt: bytes[at] === TAB ? at + 1 : at };
}
