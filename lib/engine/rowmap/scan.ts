import { copyOut } from '../postgres/copy-out.ts';
import type { XidWindow } from './fits.ts';
import { PART_BLOCKS, type PartRows, placeOf } from './part.ts';
import type { TableReader } from './table-reader.ts';

/** Blocks of a table's file that are asked about together. */
export interface Span {
  /** Blocks [from, to) of the file. */
  readonly from: number;
  readonly to: number;
  /** How many rows the map has there, where no other ones could pass for them; null: their versions are read. */
  readonly rows: number | null;
}

/** A row's versions, 10 bytes each: block (4), line pointer (2), xmin (4), big-endian; null: as the map has them. */
export type Versions = Buffer | null;

const VERSION_BYTES = 10;

/**
 * Asks PostgreSQL which versions of rows the snapshot sees in each of the spans, in physical order. A span of as many
 * rows as the map has, none of a transaction of the window, has exactly those: rows are never moved within a file, and
 * every row of an older transaction was there before. Counting them in the server takes 0.6 of what reading their
 * versions takes (`npm run bench -- changes`).
 */
export async function scanSpans(
  { client, name, signal }: TableReader,
  spans: readonly Span[],
  { from }: Pick<XidWindow, 'from'>,
): Promise<Versions[]> {
  const lo = spans.map((span) => `"(${span.from},0)"`).join(',');
  const hi = spans.map((span) => `"(${span.to},0)"`).join(',');
  const rows = spans.map((span) => span.rows ?? -1).join(',');
  const within = `FROM ONLY ${name} WHERE ctid >= r.lo AND ctid < r.hi`;
  const answer = copyOut(
    client,
    `COPY (
       SELECT CASE WHEN r.rows >= 0 AND (
                SELECT count(*) = r.rows AND count(*) FILTER (
                  WHERE age(xmin) BETWEEN 0 AND (SELECT age('${from}'::xid))) = 0 ${within})
              THEN NULL
              ELSE coalesce((SELECT string_agg(tidsend(ctid) || xidsend(xmin), '') ${within}), '') END
         FROM unnest('{${lo}}'::tid[], '{${hi}}'::tid[], '{${rows}}'::int8[]) AS r (lo, hi, rows)
     ) TO STDOUT (FORMAT binary)`,
    signal,
  );
  return fieldsOf(answer, spans.length);
}

/** The versions of all rows of these blocks. */
export async function scanVersions(
  reader: TableReader,
  { from, to }: Pick<Span, 'from' | 'to'>,
): Promise<Buffer> {
  const [versions] = await scanSpans(reader, [{ from, to, rows: null }], { from: 0 });
  return versions ?? Buffer.alloc(0);
}

/** PostgreSQL's manual, "COPY", "Binary Format": a header in the first row's message, and a trailer. */
const HEADER_BYTES = 19;
const TRAILER_BYTES = 2;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

async function fieldsOf(
  answer: AsyncIterable<{ readonly bytes: Buffer; readonly ends: Uint32Array }>,
  count: number,
): Promise<Versions[]> {
  const fields: Versions[] = [];
  let first = true;
  for await (const { bytes, ends } of answer) {
    let start = 0;
    for (const end of ends) {
      const at = start + (first ? HEADER_BYTES : 0);
      first = false;
      start = end;
      if (end - at === TRAILER_BYTES) continue;
      const length = bytes.readInt32BE(at + COUNT_BYTES);
      const from = at + COUNT_BYTES + LENGTH_BYTES;
      fields.push(length < 0 ? null : Buffer.from(bytes.subarray(from, from + length)));
    }
  }
  if (fields.length !== count) throw new RangeError(`${fields.length} answers to ${count} spans`);
  return fields;
}

/** Appends the versions of a part that begins at block `firstBlock`. Throws RangeError where they are out of order. */
export function addVersions(rows: PartRows, versions: Buffer, firstBlock: number): void {
  rows.reserve(versions.length / VERSION_BYTES);
  const { places, xmins } = rows;
  let i = rows.length;
  let last = i > 0 ? (places[i - 1] ?? 0) : 0;
  for (let at = 0; at < versions.length; at += VERSION_BYTES) {
    const block = uint32At(versions, at) - firstBlock;
    const place = placeOf(block, ((versions[at + 4] ?? 0) << 8) | (versions[at + 5] ?? 0));
    if (block < 0 || block >= PART_BLOCKS || place <= last)
      throw new RangeError('Versions of rows are not in physical order');
    last = place;
    places[i] = place;
    xmins[i] = uint32At(versions, at + 6);
    rows.sizes[i] = 0;
    i++;
  }
  rows.length = i;
}

/** readUInt32BE without its checks, which cost too much for every row. */
function uint32At(bytes: Buffer, at: number): number {
  const high =
    ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8);
  return (high | (bytes[at + 3] ?? 0)) >>> 0;
}
