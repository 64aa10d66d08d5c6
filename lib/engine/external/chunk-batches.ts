import { manifestChunks } from '../backup/read.ts';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef, Manifest } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const BATCH = 256;

/** Every chunk that a backup needs, each once, in batches. */
export async function* chunkBatches(
  store: ObjectStore,
  keys: ServerKeys,
  manifest: Manifest,
): AsyncGenerator<ChunkRef[]> {
  let batch: ChunkRef[] = [];
  for await (const ref of distinct(manifestChunks(store, keys, manifest))) {
    batch.push(ref);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The first half of an id is enough to tell chunks apart, and a million of them fit into memory. */
async function* distinct(chunks: AsyncIterable<ChunkRef>): AsyncGenerator<ChunkRef> {
  const seen = new Set<string>();
  for await (const ref of chunks) {
    const key = `${ref.id.slice(0, 32)}.${ref.generation}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield ref;
  }
}

/** The objects of ropes and file lists: they say which other chunks a backup needs, so they are read before all else. */
export function hotChunks({ tables, files }: Manifest): Set<string> {
  return new Set([...tables.flatMap(({ rope }) => rope), ...files.list].map(chunkObject));
}

/** Bytes that a backup stands for, which its chunks add up to unless some repeat. */
export function plainBytesOf({ tables, files }: Manifest): number {
  const ofFiles = files.list.length > 0 ? files.bytes : 0;
  return tables.reduce((sum, { bytes }) => sum + bytes, ofFiles);
}
