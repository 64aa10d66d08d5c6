import { readVaultState } from '#engine/external/vault-state.ts';
import type { Place } from '#engine/store/place.ts';
import type { JobRun } from '#jobs/kinds.ts';
import type { Server } from '../server.ts';
import { type DestinationRow, writeDestination } from './destination-rows.ts';
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
  run.report('discovering', 0, 0, 'steps');
  const state = await readVaultState(place.store, server.keys);
  const { unreadable } = await discoverCopies(server, place, row.id, state, run.signal);
  await writeDestination(server.vault, row.id, { discoveredAt: server.now(), unreadable });
  return requireRow(server, row.id);
}
