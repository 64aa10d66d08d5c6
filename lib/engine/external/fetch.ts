import type { StoredBackup } from '../backup/create.ts';
import { encodeManifest } from '../backup/manifest.ts';
import { readManifest } from '../backup/read.ts';
import { chunkObject, openChunk } from '../chunks/chunk.ts';
import type { ChunkIndex, ChunkRef, Report } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { Place } from '../store/place.ts';
import type { ObjectStore } from '../store/port.ts';
import { chunkBatches, plainBytesOf } from './chunk-batches.ts';
import { forEachOf } from './for-each-of.ts';

export interface FetchRequest {
  readonly place: Place;
  /** Of the manifest, there and here. */
  readonly manifestObject: string;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
  readonly report: Report;
  readonly signal: AbortSignal;
}

const AT_ONCE = 8;

/**
 * Brings a backup back from a place: the chunks that this server lacks, then the manifest. Every chunk is opened, so
 * no damaged one comes in. As with `createBackup`, it counts only when the caller commits it to the catalogue, and
 * the next attempt goes on where one stopped. Throws MANIFEST_CORRUPT, CHUNK_MISSING, CHUNK_CORRUPT, WRONG_KEY,
 * DESTINATION_UNUSABLE and DISK_FULL.
 */
export async function fetchBackup(request: FetchRequest): Promise<StoredBackup> {
  const { place, store, keys, index, manifestObject, report, signal } = request;
  const sealed = await place.store.get(manifestObject);
  const manifest = await readManifest({ get: async () => sealed }, keys, manifestObject);
  const total = plainBytesOf(manifest);
  let [done, storedBytes] = [0, 0];
  // Ropes and lists are read there, twice: those here may be what is damaged.
  for await (const refs of chunkBatches(place.store, keys, manifest)) {
    const lacking = await index.adopt(refs);
    storedBytes += await bringIn(request, lacking);
    done += refs.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
    report('fetching', Math.min(done, total), total, 'bytes');
  }
  signal.throwIfAborted();
  await store.put(manifestObject, sealed);
  await store.sync();
  return {
    manifest,
    manifestObject,
    manifestSha256: encodeManifest(manifest).sha256,
    storedBytes: storedBytes + sealed.length,
    fileCount: manifest.files.count,
    fileBytes: manifest.files.bytes,
    tableBytes: manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0),
    missingFiles: [],
  };
}

async function bringIn(
  { place, store, keys, index, signal }: FetchRequest,
  refs: readonly ChunkRef[],
): Promise<number> {
  const written: { ref: ChunkRef; storedBytes: number }[] = [];
  const fetch = async (ref: ChunkRef) => {
    const bytes = await place.store.get(chunkObject(ref));
    await openChunk(keys, ref, bytes);
    await store.put(chunkObject(ref), bytes);
    written.push({ ref, storedBytes: bytes.length });
  };
  await forEachOf(refs, AT_ONCE, fetch, signal);
  if (written.length === 0) return 0;
  await store.sync();
  await index.confirm(written);
  return written.reduce((sum, one) => sum + one.storedBytes, 0);
}
