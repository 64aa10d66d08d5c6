import { FiberkeepError } from '#errors';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkIndex, ChunkRef, ManifestTable } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { EarlierRope } from './matcher.ts';
import { Rebase } from './rebase.ts';
import { type LocatedRange, type RopePosition, ropeRanges, ropeSegments } from './rope-reader.ts';

/** The share of a table's bytes that a backup may store again although the rows did not change. */
const REBASE_SHARE = 1 / 50;

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
      for await (const ranges of ropeRanges(store, keys, rope, from)) {
        const refs = new Map(ranges.map(({ ref }) => [chunkObject(ref), ref]));
        const lost = new Set((await index.pin([...refs.values()])).map(chunkObject));
        const kept = ranges.filter(({ ref }) => !lost.has(chunkObject(ref)));
        rebase.plan(kept);
        yield kept;
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

function isBroken(error: unknown): boolean {
  return (
    error instanceof FiberkeepError &&
    (error.code === 'CHUNK_MISSING' || error.code === 'CHUNK_CORRUPT')
  );
}
