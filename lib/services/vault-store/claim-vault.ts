import { randomUUID } from 'node:crypto';
import type { Config } from '#config';
import { deriveKeys, type ServerKeys } from '#engine/sealing/keys.ts';
import { placeUrl } from '#engine/store/place-access.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { hasIdentity, putVaultId, readVaultId } from '#engine/store/vault-identity.ts';
import { openVaultStore } from '#engine/store/vault-store.ts';
import { FiberkeepError, isFiberkeepError } from '#errors';
import type { VaultReasons } from '#errors/vault-reasons.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { readServerKey, type Server } from '../server.ts';
import {
  findVaultPlace,
  forgetVaultPlace,
  lockVaultPlace,
  needsObjects,
  type VaultPlaceRow,
  writeVaultPlace,
} from './vault-place-rows.ts';

/** Machines that start at once wait for each other. */
const CLAIM_LIMITS = { maxWait: 30_000, timeout: 30_000 };

/**
 * Looks whether the bucket of VAULT_URL is there, may be written to, and is not another server's: before a server key
 * is made that would not fit it. Throws VAULT_UNAVAILABLE or VAULT_UNSUITABLE.
 */
export async function probeVault(
  config: Pick<Config, 'vault' | 'serverKey' | 'dataDir'>,
): Promise<void> {
  if (!config.vault) return;
  await using opened = await openVaultStore(config.vault);
  const { store, url } = opened;
  const keys = await keysHere(config);
  if (keys) await readVaultId(store, keys).catch(otherServer(url));
  else if (await hasIdentity(store)) throw unsuitable('vaultNeedsKey', url);
  await probeWriting(store);
}

async function keysHere(config: Pick<Config, 'serverKey' | 'dataDir'>): Promise<ServerKeys | null> {
  const key = await readServerKey(config).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return key && deriveKeys(key);
}

async function probeWriting(store: ObjectStore): Promise<void> {
  const probe = `probe/${randomUUID()}`;
  await store.put(probe, Buffer.from('May this server write here?'));
  await store.get(probe);
  await store.delete(probe);
}

/**
 * Makes sure that database and store belong to each other, and enters each in the other where both are new. Throws
 * VAULT_UNSUITABLE.
 */
export async function claimVault(server: Server): Promise<void> {
  const claim = await server.vault.$transaction((tx) => enterPlace(server, tx), CLAIM_LIMITS);
  if (claim) await claimBucket(server, claim);
}

interface Claim {
  readonly row: VaultPlaceRow;
  readonly isUsed: boolean;
}

/** The database comes first: a bucket whose id no database knows is nobody's any more. */
async function enterPlace(server: Server, tx: VaultTransaction): Promise<Claim | null> {
  const { config, keys } = server;
  await lockVaultPlace(tx);
  const row = await findVaultPlace(tx);
  const isUsed = await needsObjects(server, tx);
  assertSamePlace(server, row, isUsed);
  if (!config.vault) {
    await forgetVaultPlace(tx);
    return null;
  }
  const place = { url: placeUrl(config.vault), serverId: keys.serverId };
  if (row?.url === place.url && row.serverId === place.serverId) return { row, isUsed };
  return { row: await writeVaultPlace(tx, { ...place, vaultId: randomUUID() }), isUsed };
}

/** As `claimVault`, for further processes: asks the database alone. */
export async function assertOwnVault(server: Server): Promise<void> {
  const row = await findVaultPlace(server.vault);
  assertSamePlace(server, row, await needsObjects(server, server.vault));
}

/** Nothing holds a server that has made nothing yet to its place. */
function assertSamePlace(
  { config, keys }: Pick<Server, 'config' | 'keys'>,
  row: VaultPlaceRow | null,
  isUsed: boolean,
): void {
  if (!isUsed) return;
  const url = config.vault && placeUrl(config.vault);
  if (row && row.url !== url) throw unsuitable('vaultElsewhere', row.url);
  if (!row && url !== null) throw unsuitable('vaultInFolder', url);
  if (row && row.serverId !== keys.serverId) throw unsuitable('vaultOfOtherServer', row.url);
}

async function claimBucket({ store, keys }: Server, { row, isUsed }: Claim): Promise<void> {
  const { url, vaultId } = row;
  const found = await readVaultId(store, keys).catch(otherServer(url));
  if (found === vaultId) return;
  if (found !== null) throw unsuitable('vaultOfOtherDatabase', url);
  if (isUsed) throw unsuitable('vaultEmptied', url);
  if (await holdsAnything(store)) throw await notEmpty(store, keys, url);
  await putVaultId(store, keys, vaultId);
  // Another machine may have been quicker, for this database or another.
  if ((await readVaultId(store, keys)) !== vaultId) throw unsuitable('vaultOfOtherDatabase', url);
}

async function notEmpty(store: ObjectStore, keys: ServerKeys, url: string) {
  const isMoving = (await readVaultId(store, keys, 'moving').catch(() => null)) !== null;
  return unsuitable(isMoving ? 'vaultMoveBegun' : 'vaultNotEmpty', url);
}

/** What was probed for may be listed still. */
export async function holdsAnything(store: ObjectStore): Promise<boolean> {
  for await (const { name } of store.list('')) if (!name.startsWith('probe/')) return true;
  return false;
}

export function otherServer(url: string) {
  return (thrown: unknown): never => {
    if (isFiberkeepError(thrown) && thrown.code === 'WRONG_KEY')
      throw unsuitable('vaultOfOtherServer', url);
    throw thrown;
  };
}

type PlaceReason = {
  [R in keyof VaultReasons]: VaultReasons[R] extends { place: string } ? R : never;
}[keyof VaultReasons];

export function unsuitable(reason: PlaceReason, place: string): FiberkeepError {
  return new FiberkeepError('VAULT_UNSUITABLE', { reason, params: { place } });
}
