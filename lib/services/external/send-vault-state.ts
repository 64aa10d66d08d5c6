import { placedObject, plainly, putCompared } from '#engine/external/send.ts';
import { sealVaultState, type VaultState, vaultStateObject } from '#engine/external/vault-state.ts';
import type { Place } from '#engine/store/place.ts';
import type { VaultClient } from '#vault/client.ts';
import { readGivenName } from '#vault/given-name.ts';
import type { Server } from '../server.ts';
import { type DestinationRow, listDestinationRows } from './destination-rows.ts';
import { openInventory } from './inventory-rows.ts';
import { backupTexts, keyNames, scheduleSettings } from './vault-state-rows.ts';

/** Sends what people set up beside the plant, so that a recovered server knows it. Answers its bytes. */
export async function sendVaultState(
  server: Server,
  place: Place,
  { id, epoch }: Pick<DestinationRow, 'id' | 'epoch'>,
): Promise<number> {
  const name = vaultStateObject(epoch, server.now());
  const inventory = openInventory(server.pool, id);
  const state = await gatherVaultState(server.vault, server.now());
  const bytes = await sealVaultState(server.keys, name, state);
  await inventory.enter([name]);
  await putCompared(place, name, bytes, plainly);
  await place.store.sync();
  await inventory.placed([placedObject(name, bytes)], plainly);
  return bytes.length;
}

async function gatherVaultState(vault: VaultClient, now: Date): Promise<VaultState> {
  const [backups, schedule, destinations, keys] = await Promise.all([
    backupTexts(vault),
    scheduleSettings(vault),
    listDestinationRows(vault),
    keyNames(vault),
  ]);
  return {
    format: 1,
    at: now.toISOString(),
    backups: backups.map((one) => ({ ...one, givenName: readGivenName(one.givenName) })),
    schedule,
    destinations: destinations.map((one) => ({
      name: one.name,
      access: one.access as Record<string, unknown>,
      keepLast: one.keepLast,
      keepDaily: one.keepDaily,
      keepWeekly: one.keepWeekly,
      keepMonthly: one.keepMonthly,
      ...(one.lockDays !== null && { lockDays: one.lockDays }),
      ...(one.storageClass !== null && { storageClass: one.storageClass }),
    })),
    apiKeys: keys.map(({ name, createdAt }) => ({ name, createdAt: createdAt.toISOString() })),
  };
}
