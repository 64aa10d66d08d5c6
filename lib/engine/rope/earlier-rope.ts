import { FiberkeepError } from '#errors';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkIndex, ChunkRef, ManifestTable } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { EarlierRope } from './matcher.ts';
import { Rebase } from './rebase.ts';
import {
  type LocatedRange,
  locatedRanges,
  type RopePosition,
  ropePieces,
  ropeSegments,
} from './rope-reader.ts';

/** The share of a table's bytes that a backup may store again although the rows did not change. */
export const REBASE_SHARE = 1 / 50;

/**
 * The rope of a table in the last backup. Its chunks are pinned before they are opened; those that are
 * gone, missing or damaged are left out, so that the new backup stores their rows again.
 */
export function openEarlierRope(
  context: { readonly store: ObjectStore; readonly keys: ServerKeys; readonly index: ChunkIndex },
  table: ManifestTable,
): EarlierRope {
  const { store, keys, index } = context;
  const rebase = new Rebase(table.bytes * REBASE_SHARE);

  /** Later backups will not use the chunk either. */
  async function skip(ref: ChunkRef, error: unknown): Promise<void> {
    if (!isBroken(error)) throw error;
    await index.distrust([ref]);
  }

  async function* pinned(from: RopePosition): AsyncGenerator<LocatedRange[], void> {
    const gone = new Set((await index.pin(table.rope)).map(chunkObject));
    const rope = table.rope.filter((ref) => !gone.has(chunkObject(ref)));
    // Without a piece, the pieces after it would have the wrong numbers.
    if (rope.length < table.rope.length) return;
    try {
      for await (const piece of ropePieces(store, keys, rope, from.piece)) {
        const lost = await lostSlots(index, piece.chunks);
        rebase.plan(piece.piece, piece, lost);
        const isKept = ({ ref }: LocatedRange) => !lost.has(piece.chunks.indexOf(ref));
        const ranges = locatedRanges(piece, piece.piece === from.piece ? from.range : 0);
        yield lost.size === 0 ? ranges : ranges.filter(isKept);
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
      await index.distrust(table.rope);
    }
  }

  return {
    segments: (from) => ropeSegments(store, keys, pinned(from), skip),
    keeps: (segment) => rebase.keeps(segment),
  };
}

/** Pins the chunks. Answers the places in the list of those that cannot be used any more. */
export async function lostSlots(
  index: ChunkIndex,
  chunks: readonly ChunkRef[],
): Promise<ReadonlySet<number>> {
  const gone = new Set((await index.pin(chunks)).map(chunkObject));
  return new Set(chunks.flatMap((ref, slot) => (gone.has(chunkObject(ref)) ? [slot] : [])));
}

/** Whether an object is missing or damaged, and not the machine in trouble. */
export function isBroken(error: unknown): boolean {
  return (
    error instanceof FiberkeepError &&
    (error.code === 'CHUNK_MISSING' || error.code === 'CHUNK_CORRUPT')
  );
}
