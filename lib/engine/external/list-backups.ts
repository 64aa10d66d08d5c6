import { readManifest } from '../backup/read.ts';
import type { BackupMetadata } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { isObjectName } from '../store/object-name.ts';
import type { Place } from '../store/place.ts';
import { forEachOf } from './for-each-of.ts';

/** A backup in a place, as its manifest says. */
export interface PlacedBackup {
  readonly manifestObject: string;
  readonly metadata: BackupMetadata;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export interface PlacedBackups {
  /** Newest first. */
  readonly backups: readonly PlacedBackup[];
  /** Manifests that do not open, with why; those of other servers count too. */
  readonly unreadable: readonly { readonly object: string; readonly cause: unknown }[];
}

const AT_ONCE = 8;

/**
 * Finds every backup in a place by its manifests alone. Passes over files whose names cannot be ours. Writes nothing.
 * Throws DESTINATION_UNUSABLE.
 */
export async function listPlacedBackups(
  place: Place,
  keys: ServerKeys,
  signal: AbortSignal,
): Promise<PlacedBackups> {
  const objects: { name: string; bytes: number; modifiedAt: Date }[] = [];
  for await (const object of place.store.list('manifests/'))
    if (isObjectName(object.name)) objects.push(object);
  const backups: PlacedBackup[] = [];
  const unreadable: { object: string; cause: unknown }[] = [];
  const read = async ({ name, bytes, modifiedAt }: (typeof objects)[number]) => {
    try {
      const { metadata } = await readManifest(place.store, keys, name);
      backups.push({ manifestObject: name, metadata, bytes, modifiedAt });
    } catch (cause) {
      if (isOfPlace(cause)) throw cause;
      unreadable.push({ object: name, cause });
    }
  };
  await forEachOf(objects, AT_ONCE, read, signal);
  backups.sort((one, other) => (one.metadata.createdAt < other.metadata.createdAt ? 1 : -1));
  return { backups, unreadable };
}

function isOfPlace(cause: unknown): boolean {
  return (cause as { code?: unknown } | null)?.code === 'DESTINATION_UNUSABLE';
}
