import type { RowPiece } from '#engine/postgres/copy-out.ts';
import { differs } from '../container/refusals.ts';

const NEWLINE = 10;
const PIECE_BYTES = 256 * 1024;
/** PostgreSQL builds each row of COPY in a buffer of at most 1 GiB. */
const MAX_ROW_BYTES = 1024 * 1024 * 1024;

/**
 * COPY text in whole rows, in pieces of about 256 KiB or one larger row. Throws CONTENTS_DIFFER where the
 * last row does not end.
 */
export async function* inRows(text: AsyncIterable<Buffer>): AsyncGenerator<RowPiece, void> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of text) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < PIECE_BYTES || !piece.includes(NEWLINE)) {
      if (heldBytes > MAX_ROW_BYTES) throw differs('rowTooLong');
      continue;
    }
    const bytes = Buffer.concat(held, heldBytes);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    yield { bytes: bytes.subarray(0, end), ends: rowEnds(bytes, end) };
    held = end < heldBytes ? [bytes.subarray(end)] : [];
    heldBytes -= end;
  }
  if (heldBytes === 0) return;
  const bytes = Buffer.concat(held, heldBytes);
  if (bytes[heldBytes - 1] !== NEWLINE) throw differs('rowUnfinished');
  yield { bytes, ends: rowEnds(bytes, heldBytes) };
}

function rowEnds(bytes: Buffer, end: number): Uint32Array {
  let ends = new Uint32Array(4096);
  let rows = 0;
  for (let at = 0; at < end; rows++) {
    at = bytes.indexOf(NEWLINE, at) + 1;
    if (rows === ends.length) ends = grown(ends);
    ends[rows] = at;
  }
  return ends.subarray(0, rows);
}

function grown(ends: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * ends.length);
  larger.set(ends);
  return larger;
}
