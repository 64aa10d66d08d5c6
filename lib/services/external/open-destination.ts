import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { BlockList, LookupFunction } from 'node:net';
import path from 'node:path';
import { type Config, networks } from '#config';
import { type Owner, readOwner, takeOwnership } from '#engine/external/owner.ts';
import { openPlace } from '#engine/store/open-place.ts';
import type { Place } from '#engine/store/place.ts';
import { placeUrl, type S3Access } from '#engine/store/place-access.ts';
import { hasIdentity } from '#engine/store/vault-identity.ts';
import { FiberkeepError } from '#errors';
import { lookupWhere, mayConnectTo } from '../notifications/public-address.ts';
import { openSecret, sealSecret } from '../sealed-secret.ts';
import type { Server } from '../server.ts';
import {
  type DestinationRow,
  forgetObjectsAndCopies,
  forgotten,
  nothingWrong,
  writeDestination,
} from './destination-rows.ts';
import { accessOf, type PlaceSecrets, type PlaceSettings } from './place-settings.ts';
import { addUsage } from './usage-rows.ts';

/** RFC 1918, RFC 6598, RFC 4193: where a NAS is. Neither the loopback nor link-local addresses are. */
const ordinary = networks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]);

/**
 * Opens the place of a destination, whose secrets stay in this call. What is used of it is written down when it is
 * closed. Throws DESTINATION_UNUSABLE, ADDRESS_REFUSED.
 */
export async function openDestination(
  server: Server,
  row: Pick<DestinationRow, 'id' | 'access' | 'secret'>,
  signal: AbortSignal,
): Promise<Place> {
  const settings = settingsIn(row);
  await assertElsewhere(server.config, settings);
  const place = await openSettings(server, settings, secretsIn(server, row), signal);
  const close = async () => {
    await place[Symbol.asyncDispose]();
    if (place.usage) await addUsage(server.vault, row.id, place.usage, server.now());
  };
  return { ...place, [Symbol.asyncDispose]: close };
}

/** Retention of a destination in the server's own folder or bucket would remove the backups here. Links are followed. */
export async function assertElsewhere(
  { dataDir, vault }: Pick<Config, 'dataDir' | 'vault'>,
  settings: PlaceSettings,
): Promise<void> {
  if (settings.kind === 'S3' && vault) assertOtherPrefix(vault, settings);
  if (settings.kind !== 'FOLDER') return;
  const [ours, theirs] = await Promise.all([dataDir, settings.folder].map(resolved));
  if (ours === undefined || theirs === undefined) return;
  if (!isWithin(ours, theirs) && !isWithin(theirs, ours)) return;
  throw new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeIsOwnData',
    params: { folder: settings.folder },
  });
}

function assertOtherPrefix(vault: S3Access, settings: PlaceSettings & { kind: 'S3' }): void {
  const { bucket, prefix, endpoint } = settings;
  const [ours, theirs] = [`/${vault.prefix}`, `/${prefix}`];
  if (bucket !== vault.bucket || endpoint !== vault.endpoint) return;
  if (!isWithin(ours, theirs) && !isWithin(theirs, ours)) return;
  throw isOwnVault(placeUrl(vault));
}

function isOwnVault(place: string): FiberkeepError {
  return new FiberkeepError('DESTINATION_UNUSABLE', {
    reason: 'placeIsOwnVault',
    params: { place },
  });
}

/** A folder that is not there is told of by whoever opens it. */
function resolved(folder: string): Promise<string | undefined> {
  return realpath(folder).catch(() => undefined);
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || !(relative.startsWith('..') || path.isAbsolute(relative));
}

export function openSettings(
  { config }: Pick<Server, 'config'>,
  settings: PlaceSettings,
  secrets: PlaceSecrets,
  signal: AbortSignal,
): Promise<Place> {
  const lookup = destinationLookup(config.destinationPrivateNetworks);
  return openPlace(accessOf(settings, secrets), { lookup, signal });
}

/** Null: the networks that installations have at home. */
function destinationLookup(named: BlockList | null): LookupFunction {
  return lookupWhere(
    (address) => mayConnectTo(address, named ?? ordinary),
    (host) =>
      new FiberkeepError('ADDRESS_REFUSED', {
        reason: 'privateDestination',
        params: { host },
        hint: 'nameDestinationNetwork',
      }),
  );
}

export function settingsIn({ access }: Pick<DestinationRow, 'access'>): PlaceSettings {
  return access as unknown as PlaceSettings;
}

/** Throws WRONG_KEY where another server's key sealed them. */
export function secretsIn(
  { keys }: Pick<Server, 'keys'>,
  { id, secret }: Pick<DestinationRow, 'id' | 'secret'>,
): PlaceSecrets {
  return secret === null ? {} : JSON.parse(openSecret(keys, secretUse(id), secret));
}

export function sealSecrets(
  { keys }: Pick<Server, 'keys'>,
  id: string,
  secrets: PlaceSecrets,
): Uint8Array<ArrayBuffer> | null {
  if (Object.keys(secrets).length === 0) return null;
  return sealSecret(keys, secretUse(id), JSON.stringify(secrets));
}

function secretUse(id: string): string {
  return `destination ${id}`;
}

type Owned = Pick<DestinationRow, 'id' | 'name' | 'epoch' | 'ownerId'>;

/**
 * Throws DESTINATION_LOST where another server owns the place, and DESTINATION_UNUSABLE where the ownership object of
 * this one is gone: then the disk is not mounted, or somebody emptied the place.
 */
export async function assertOwned(
  { keys }: Pick<Server, 'keys'>,
  place: Place,
  { name, epoch, ownerId }: Owned,
): Promise<void> {
  if (!(await place.store.has(`owner/${epoch}`)))
    throw new FiberkeepError('DESTINATION_UNUSABLE', {
      reason: 'placeEmptied',
      params: { place: place.url },
    });
  const owner = await readOwner(place.store, keys, epoch);
  if (owner?.ownerId !== ownerId) throw destinationLost(name);
}

/** The newest owner of a place; null where there is none. Throws WRONG_KEY where servers of another key own it. */
export function ownerOf({ keys }: Pick<Server, 'keys'>, place: Place): Promise<Owner | null> {
  return readOwner(place.store, keys);
}

/** Whether the place is the one that this destination took. */
export function isTakenBy(owner: Owner | null, { ownerId }: Pick<Owned, 'ownerId'>): boolean {
  return owner !== null && ownerId !== null && owner.ownerId === ownerId;
}

/**
 * Makes the destination the owner of its place. Where it was not, what lies there is not known: it is entered anew
 * before anything is sent or removed. `takeOver`: also where another server of the same key owns the place, which then
 * stops. Throws DESTINATION_LOST.
 */
export async function takePlace(
  server: Server,
  place: Place,
  row: Owned,
  takeOver: boolean,
): Promise<void> {
  const owner = await ownerOf(server, place);
  if (owner && isTakenBy(owner, row)) {
    await writeDestination(server.vault, row.id, {
      ...nothingWrong,
      epoch: owner.epoch,
      lostAt: null,
    });
    return;
  }
  if (owner && !takeOver) throw destinationLost(row.name);
  // One place may have several addresses.
  if (await hasIdentity(place.store)) throw isOwnVault(place.url);
  const taking = {
    epoch: (owner?.epoch ?? 0) + 1,
    ownerId: randomUUID(),
    since: server.now().toISOString(),
  };
  await server.vault.$transaction(async (tx) => {
    await forgetObjectsAndCopies(tx, row.id);
    const { epoch, ownerId } = taking;
    await writeDestination(tx, row.id, { ...forgotten, epoch, ownerId });
  });
  if (!(await takeOwnership(place.store, server.keys, taking))) throw destinationLost(row.name);
  await writeDestination(server.vault, row.id, { ...nothingWrong, lostAt: null });
}

/** Another server owns its place. */
export function destinationLost(name: string): FiberkeepError {
  return new FiberkeepError('DESTINATION_LOST', { reason: 'destinationLost', params: { name } });
}
