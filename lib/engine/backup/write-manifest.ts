import { FiberkeepError } from '#errors';
import type { Manifest, ObjectStore } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { encodeManifest, manifestObjectName, openManifest, sealManifest } from './manifest.ts';

export interface ManifestPlace {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** Of the job's lease: two workers never write one manifest. */
  readonly fencingToken: bigint;
  readonly signal: AbortSignal;
}

/**
 * Writes the manifest and reads it back: the last object written, when all that it names is durable.
 * Answers its name, the SHA-256 (hex) of its JSON and its bytes in the store. Throws TEST_FAILED.
 */
export async function writeManifest(place: ManifestPlace, manifest: Manifest) {
  const { store, keys, signal } = place;
  const { backupId } = manifest.metadata;
  const { json, sha256 } = encodeManifest(manifest);
  const object = manifestObjectName(backupId, place.fencingToken);
  const sealed = await sealManifest(keys, backupId, json);
  signal.throwIfAborted();
  await store.put(object, sealed);
  await store.sync();
  const readBack = await openManifest(keys, backupId, await store.get(object));
  if (!readBack.equals(json))
    throw new FiberkeepError('TEST_FAILED', { reason: 'manifestNotReadBack' });
  return { object, sha256, bytes: sealed.length };
}
