import { createHash } from 'node:crypto';
import { FiberkeepError } from '#errors';
import { openNamedChunk } from '../chunks/chunk.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { Place } from '../store/place.ts';
import { forEachOf } from './for-each-of.ts';

/** What the inventory knows of an object. */
export interface KnownObject {
  readonly name: string;
  /** Null: a listing showed it, and nobody has read it yet. */
  readonly sha256: Uint8Array | null;
}

export interface CheckedObjects {
  readonly good: readonly { readonly name: string; readonly sha256: Buffer }[];
  /** Gone from the place, or other bytes than were sent. */
  readonly damaged: readonly string[];
  readonly bytes: number;
}

const AT_ONCE = 8;

/** Reads objects back in full and compares them with what was sent. Throws DESTINATION_UNUSABLE. */
export async function checkObjects(
  place: Place,
  keys: ServerKeys,
  objects: readonly KnownObject[],
  signal: AbortSignal,
): Promise<CheckedObjects> {
  const good: { name: string; sha256: Buffer }[] = [];
  const damaged: string[] = [];
  let read = 0;
  const check = async (object: KnownObject) => {
    const bytes = await place.store.get(object.name).catch(unlessMissing);
    read += bytes?.length ?? 0;
    const sha256 = bytes && createHash('sha256').update(bytes).digest();
    if (bytes && sha256 && (await isAsSent(keys, object, bytes, sha256)))
      good.push({ name: object.name, sha256 });
    else damaged.push(object.name);
  };
  await forEachOf(objects, AT_ONCE, check, signal);
  return { good, damaged, bytes: read };
}

/** A chunk whose checksum is not known proves itself by its seal. Manifests are read by whoever needs them. */
async function isAsSent(
  keys: ServerKeys,
  { name, sha256: known }: KnownObject,
  bytes: Buffer,
  sha256: Buffer,
): Promise<boolean> {
  if (known) return sha256.equals(known);
  if (!name.startsWith('chunks/')) return true;
  return openNamedChunk(keys, name, bytes).then(
    () => true,
    () => false,
  );
}

function unlessMissing(thrown: unknown): null {
  if (thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING') return null;
  throw thrown;
}
