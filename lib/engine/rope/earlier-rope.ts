import { FiberkeepError } from '#errors';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkIndex, ChunkRef, ManifestTable } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { EarlierRope } from './matcher.ts';
import { Rebase } from './rebase.ts';
import { type LocatedRange, type RopePosition, ropeRanges, ropeSegments } from './rope-reader.ts';

/** What a backup may store anew of rows that did not change, of the table's bytes. */
const REBASE_SHARE = 1 / 50;

/**
 * The rope of a table in the last backup, to be relied on: what it names is pinned before it is opened.
 * Chunks that are gone, missing or damaged are left out, so that a new backup heals what it can.
 */
export function openEarlierRope(
  context: { readonly store: ObjectStore; readonly keys: ServerKeys; readonly index: ChunkIndex },
  table: ManifestTable,
): EarlierRope {
  const { store, keys, index } = context;
  const rebase = new Rebase(table.bytes * REBASE_SHARE);

  /** Nothing that is made from now on relies on it. */
  async function skip(ref: ChunkRef, error: unknown): Promise<void> {
    if (!isBroken(error)) throw error;
    await index.distrust([ref]);
  }

  async function* pinned(from: RopePosition): AsyncGenerator<LocatedRange[], void> {
    const gone = new Set((await index.pin(table.rope)).map(chunkObject));
    const rope = table.rope.filter((ref) => !gone.has(chunkObject(ref)));
    // A piece that is gone would shift the numbers of those behind it.
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
