import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { ByteReader, ByteWriter, malformed } from '../encoding.ts';
import { blockOf, PART_BLOCKS, PartRows, placeOf, pointerOf } from './part.ts';

const pack = promisify(brotliCompress);
const unpack = promisify(brotliDecompress);

const PACKING = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 18 },
};
/** Blocks of 32 KiB hold at most 1,100 rows; each takes at most 16 bytes here. */
const MAX_PLAIN_BYTES = PART_BLOCKS * 2048 * 16;
const MAX_POINTER = 2 ** 16 - 1;

/** FORMAT.md, "Row map": the rows of one part, compressed. */
export async function packPart(rows: PartRows): Promise<Buffer> {
  return pack(encodePart(rows), PACKING);
}

/** The inverse of `packPart`. Throws CHUNK_CORRUPT. */
export async function unpackPart(packed: Buffer): Promise<PartRows> {
  const plain = await unpack(packed, { maxOutputLength: MAX_PLAIN_BYTES }).catch(() => null);
  if (!plain) throw malformed();
  return decodePart(plain);
}

export function encodePart(rows: PartRows): Buffer {
  const out = new ByteWriter();
  out.number(rows.length);
  writePlaces(out, rows);
  writeXmins(out, rows);
  for (let i = 0; i < rows.length; i++) out.number(rows.sizes[i] ?? 0);
  return out.take();
}

/** Throws CHUNK_CORRUPT for bytes that are not a part, also where its rows are not in physical order. */
export function decodePart(encoded: Buffer): PartRows {
  const input = new ByteReader(encoded);
  const count = input.number();
  // Each row has at least its size.
  if (count > encoded.length) throw malformed();
  const rows = new PartRows(Math.max(1, count));
  readPlaces(input, rows, count);
  readXmins(input, rows, count);
  for (let i = 0; i < count; i++) rows.sizes[i] = input.number();
  rows.length = count;
  if (!input.atEnd) throw malformed();
  return rows;
}

/** Block by block: how far it is from the block before, then runs of adjoining line pointers, then 0. */
function writePlaces(out: ByteWriter, { places, length }: PartRows): void {
  let block = 0;
  for (let i = 0; i < length; ) {
    const own = blockOf(places[i] ?? 0);
    out.number(own - block);
    block = own;
    let next = 1;
    while (i < length && blockOf(places[i] ?? 0) === own) {
      const first = places[i] ?? 0;
      let run = 1;
      while (i + run < length && places[i + run] === first + run) run++;
      out.number(run);
      out.number(pointerOf(first) - next);
      next = pointerOf(first) + run;
      i += run;
    }
    out.number(0);
  }
}

function readPlaces(input: ByteReader, { places }: PartRows, count: number): void {
  let block = 0;
  for (let i = 0; i < count; ) {
    const step = input.number();
    if (i > 0 && step === 0) throw malformed();
    block += step;
    if (block >= PART_BLOCKS) throw malformed();
    let pointer = 1;
    for (let run = input.number(); run > 0; run = input.number()) {
      pointer += input.number();
      if (i + run > count || pointer + run - 1 > MAX_POINTER) throw malformed();
      const first = placeOf(block, pointer);
      for (let k = 0; k < run; k++) places[i + k] = first + k;
      i += run;
      pointer += run;
    }
  }
}

/** Runs of equal ones: how far from the one before, and how many. */
function writeXmins(out: ByteWriter, { xmins, length }: PartRows): void {
  let last = 0;
  for (let i = 0; i < length; ) {
    const xmin = xmins[i] ?? 0;
    let run = 1;
    while (i + run < length && xmins[i + run] === xmin) run++;
    out.signed(xmin - last);
    out.number(run);
    last = xmin;
    i += run;
  }
}

function readXmins(input: ByteReader, { xmins }: PartRows, count: number): void {
  let xmin = 0;
  for (let i = 0; i < count; ) {
    xmin += input.signed();
    const run = input.number();
    if (run < 1 || i + run > count || xmin < 0 || xmin >= 2 ** 32) throw malformed();
    xmins.fill(xmin, i, i + run);
    i += run;
  }
}
