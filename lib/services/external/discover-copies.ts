import { listPlacedBackups, type PlacedBackups } from '#engine/external/list-backups.ts';
import type { VaultState } from '#engine/external/vault-state.ts';
import { isObjectName } from '#engine/store/object-name.ts';
import type { Place } from '#engine/store/place.ts';
import type { ListedObject } from '#engine/store/port.ts';
import type { Server } from '../server.ts';
import { enterFoundCopies } from './copy-rows.ts';
import { enterFoundObjects } from './inventory-rows.ts';

const BATCH = 1_000;
const OURS = /^(chunks|manifests|vault-state)\//;

/**
 * Enters what lies in a place that this server, or the one before it, wrote earlier: its copies by their manifests,
 * its objects by one listing. `state`: what the vault of then said of them. Answers the manifests that do not open.
 */
export async function discoverCopies(
  server: Server,
  place: Place,
  destinationId: string,
  state: VaultState | null,
  signal: AbortSignal,
): Promise<Pick<PlacedBackups, 'unreadable'>> {
  const { backups, unreadable } = await listPlacedBackups(place, server.keys, signal);
  const texts = new Map(state?.backups.map((text) => [text.id, text]));
  await enterFoundCopies(server.vault, destinationId, backups, texts);
  let batch: ListedObject[] = [];
  for await (const object of place.store.list('')) {
    if (!OURS.test(object.name) || !isObjectName(object.name)) continue;
    if (batch.push(object) < BATCH) continue;
    await enterFoundObjects(server.pool, destinationId, batch);
    batch = [];
  }
  await enterFoundObjects(server.pool, destinationId, batch);
  return { unreadable };
}
