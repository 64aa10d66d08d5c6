import { readVaultState } from '#engine/external/vault-state.ts';
import type { Place } from '#engine/store/place.ts';
import { asFiberkeepError, failureOf } from '#errors';
import type { JobRun } from '#jobs/kinds.ts';
import type { Server } from '../server.ts';
import {
  type DestinationRow,
  type UnreadableManifest,
  unreadableColumn,
  unreadableIn,
  writeDestination,
} from './destination-rows.ts';
import { requireRow } from './destinations.ts';
import { discoverCopies } from './discover-copies.ts';
import { assertOwned, takePlace } from './open-destination.ts';

/**
 * Sees to it that this server owns the place and knows what lies there, before it sends or removes anything. A server
 * that stopped between adding a destination and taking its place takes it now. Throws DESTINATION_LOST.
 */
export async function ownAndKnow(
  server: Server,
  run: JobRun,
  place: Place,
  row: DestinationRow,
): Promise<DestinationRow> {
  if (row.ownerId === null) await takePlace(server, place, row, false);
  const owned = await requireRow(server, row.id);
  await assertOwned(server, place, owned);
  if (owned.discoveredAt) return owned;
  await discover(server, run, place, owned);
  return requireRow(server, row.id);
}

/** Manifests that did not open are looked at again: they may open now, or be gone. Answers those that still do not. */
export async function knowAgain(
  server: Server,
  run: JobRun,
  place: Place,
  row: DestinationRow,
): Promise<readonly UnreadableManifest[]> {
  if (unreadableIn(row).length === 0) return [];
  return discover(server, run, place, row);
}

async function discover(server: Server, run: JobRun, place: Place, { id }: DestinationRow) {
  run.report('discovering', 0, 0, 'steps');
  const state = await readVaultState(place.store, server.keys);
  const { unreadable } = await discoverCopies(server, place, id, state, run.signal);
  const found = unreadable.map(({ object, cause }) => ({
    object,
    failure: failureOf(asFiberkeepError(cause)),
  }));
  await writeDestination(server.vault, id, {
    discoveredAt: server.now(),
    unreadable: unreadableColumn(found),
  });
  return found;
}
