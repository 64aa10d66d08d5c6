import { isDeepStrictEqual } from 'node:util';
import { chunkObject, fetchChunk } from '../chunks/chunk.ts';
import type { ChunkRef, ManifestTable } from '../ports.ts';
import { decodeRopePiece } from '../rope/rope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { type ChunkDifference, RangeEvents } from './range-events.ts';

/** How the rows of a table differ. `WHOLE`: nothing is known to be equal, so all rows of both sides are read. */
export type TableDifference = 'NONE' | 'WHOLE' | { readonly chunks: Iterable<ChunkDifference> };

/** Past so many ranges of both ropes, reading the table whole costs less memory than comparing them. */
const MOST_RANGES = 4_000_000;

/**
 * Compares a table of two backups by their ropes: a range of a chunk that both hold is rows that both hold. What is
 * left is rows that differ, and equal rows that lie in other chunks. `null`: that side has no such table.
 */
export async function tableDifference(
  store: ObjectStore,
  keys: ServerKeys,
  before: ManifestTable | null,
  after: ManifestTable | null,
): Promise<TableDifference> {
  if (!before || !after) return (before ?? after)?.rows === 0 ? 'NONE' : 'WHOLE';
  if (!isDeepStrictEqual(before.columns, after.columns)) return 'WHOLE';
  if (before.sha256 !== null && before.sha256 === after.sha256) return 'NONE';
  const [mine, theirs] = unshared(before.rope, after.rope);
  if (mine.length === 0 && theirs.length === 0) return 'NONE';
  const events = new RangeEvents(2 * MOST_RANGES);
  const read = async (pieces: readonly ChunkRef[], side: 1 | -1) => {
    for (const piece of pieces) {
      const { chunks, ranges } = decodeRopePiece(await fetchChunk(store, keys, piece));
      if (!events.add(chunks, ranges, side)) return false;
    }
    return true;
  };
  const fits = (await read(mine, 1)) && (await read(theirs, -1));
  return fits ? { chunks: events.differences() } : 'WHOLE';
}

/** The pieces that only one of two ropes has, each as often as it is too many. */
function unshared(
  before: readonly ChunkRef[],
  after: readonly ChunkRef[],
): [ChunkRef[], ChunkRef[]] {
  const counts = new Map<string, number>();
  for (const ref of after) counts.set(chunkObject(ref), (counts.get(chunkObject(ref)) ?? 0) + 1);
  const takes = (ref: ChunkRef) => {
    const left = counts.get(chunkObject(ref)) ?? 0;
    if (left > 0) counts.set(chunkObject(ref), left - 1);
    return left > 0;
  };
  const onlyBefore = before.filter((ref) => !takes(ref));
  const onlyAfter = after.filter(takes);
  return [onlyBefore, onlyAfter];
}
