import { readManifest } from '../backup/read.ts';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef } from '../ports.ts';
import { chunkBatches } from './chunk-batches.ts';
import type { FetchRequest } from './fetch.ts';
import { forEachOf } from './for-each-of.ts';

/** What of a backup is still frozen, in bytes of what its chunks hold. */
export interface Thawing {
  readonly readyBytes: number;
  readonly waitingBytes: number;
}

export interface ThawRequest extends FetchRequest {
  /** Of these objects, those that may be frozen. */
  frozen(names: readonly string[]): Promise<ReadonlySet<string>>;
}

/** A thawed copy costs as hot storage does, and is gone after so many days: enough to bring any backup here. */
const THAW_DAYS = 7;
const AT_ONCE = 8;

/**
 * Asks a place to thaw every chunk of a backup that this server lacks, and looks which can be read by now. To be
 * called again until nothing is waited for. Ropes and lists are read there, which are never frozen. Throws as
 * `fetchBackup`.
 */
export async function thawBackup(request: ThawRequest): Promise<Thawing> {
  const { place, keys, index, manifestObject, signal } = request;
  const { classes } = place;
  let [readyBytes, waitingBytes] = [0, 0];
  if (!classes) return { readyBytes, waitingBytes };
  const manifest = await readManifest(place.store, keys, manifestObject);
  const ask = async (ref: ChunkRef) => {
    const thaw = await classes.thaw(chunkObject(ref), THAW_DAYS);
    if (thaw === 'READY') readyBytes += ref.plainBytes;
    else waitingBytes += ref.plainBytes;
  };
  for await (const refs of chunkBatches(place.store, keys, manifest)) {
    const lacking = await index.adopt(refs);
    const frozen = await request.frozen(lacking.map(chunkObject));
    const asked = lacking.filter((ref) => frozen.has(chunkObject(ref)));
    await forEachOf(asked, AT_ONCE, ask, signal);
    request.report('thawing', readyBytes, readyBytes + waitingBytes, 'bytes');
  }
  return { readyBytes, waitingBytes };
}
