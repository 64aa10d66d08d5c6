import { listPlacedBackups, type PlacedBackup } from '#engine/external/list-backups.ts';
import { readVaultState, type VaultState } from '#engine/external/vault-state.ts';
import type { GivenName } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { Place } from '#engine/store/place.ts';
import { FiberkeepError } from '#errors';
import { sameName } from '#text';
import { latestDate } from '../backups/newest-rows.ts';

/** What lies in a place, as a recovery kit opens it. */
export interface FoundInPlace {
  /** Newest first. */
  readonly backups: readonly FoundBackup[];
  readonly state: VaultState | null;
  /** Manifests that do not open. */
  readonly unreadable: number;
}

/** A backup under the name that people gave it last. */
export interface FoundBackup extends PlacedBackup {
  readonly name: string;
  /** Null where people gave the name. */
  readonly givenName: GivenName | null;
}

/**
 * Tells what a kit opens in a place, and writes nothing. Throws MADE_BY_OTHER_SERVER where the kit is another
 * server's, NOT_FOUND where there is no backup, and DESTINATION_UNUSABLE.
 */
export async function findInPlace(
  place: Place,
  keys: ServerKeys,
  signal: AbortSignal,
): Promise<FoundInPlace> {
  const { backups, unreadable } = await listPlacedBackups(place, keys, signal);
  if (backups.length === 0) throw nothingFound(place, unreadable);
  const state = await readVaultState(place.store, keys);
  const texts = new Map(state?.backups.map((text) => [text.id, text]));
  const named = backups.map((backup) => {
    const { name, givenName } = texts.get(backup.metadata.backupId) ?? backup.metadata;
    return { ...backup, name, givenName };
  });
  return { backups: named, state, unreadable: unreadable.length };
}

function nothingFound(
  { url }: Place,
  unreadable: readonly { readonly cause: unknown }[],
): FiberkeepError {
  const foreign = unreadable.find(
    ({ cause }) => cause instanceof FiberkeepError && cause.code === 'WRONG_KEY',
  );
  if (foreign)
    return new FiberkeepError('WRONG_KEY', { reason: 'kitOfOtherServer', params: { place: url } });
  if (unreadable[0]) throw unreadable[0].cause;
  return new FiberkeepError('NOT_FOUND', { reason: 'noBackupInPlace', params: { place: url } });
}

/** The backup of this name or id; without one the newest that holds its files. Throws NOT_FOUND. */
export function chooseBackup({ backups }: FoundInPlace, nameOrId: string | null): FoundBackup {
  const found =
    nameOrId === null
      ? (backups.find(isLikely) ??
        backups.find(({ metadata }) => metadata.includesFiles) ??
        backups[0])
      : backups.find(
          ({ name, metadata }) => metadata.backupId === nameOrId || sameName(name, nameOrId),
        );
  if (found) return found;
  throw new FiberkeepError('NOT_FOUND', {
    reason: 'noBackupNamed',
    params: { name: nameOrId ?? '' },
  });
}

/** One that is dated ahead was made by a clock that was wrong. */
function isLikely({ metadata }: FoundBackup): boolean {
  return metadata.includesFiles && new Date(metadata.createdAt) <= latestDate(new Date());
}
