import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { type Envelope, openEnvelope, sealEnvelope } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const MAGIC = 'FKO1';
const FOLDER = 'owner/';

/** Who may write to a place: what the newest ownership object there says (FORMAT.md, "Owner of a place"). */
export interface Owner {
  /** Counts the owners of the place, from 1. */
  readonly epoch: number;
  /** A random id that the owner made up when it took the place; null where the object was altered. */
  readonly ownerId: string | null;
  /** ISO 8601 UTC; null where the object was altered. */
  readonly since: string | null;
}

const ownerSchema = z.strictObject({ ownerId: z.uuid(), since: z.string() });

/**
 * The newest owner of a place; null where nobody has ever owned it. Throws WRONG_KEY where servers of another key
 * do. `from`: an epoch that is known to exist.
 */
export async function readOwner(
  store: ObjectStore,
  keys: ServerKeys,
  from = 0,
): Promise<Owner | null> {
  let epoch = from > 0 ? from : await newestListed(store);
  while (await store.has(ownerObject(epoch + 1))) epoch++;
  return epoch === 0 ? null : openOwner(store, keys, epoch);
}

async function newestListed(store: ObjectStore): Promise<number> {
  let newest = 0;
  for await (const { name } of store.list(FOLDER))
    newest = Math.max(newest, Number(/^owner\/([1-9]\d{0,8})$/.exec(name)?.[1] ?? 0));
  return newest;
}

async function openOwner(store: ObjectStore, keys: ServerKeys, epoch: number): Promise<Owner> {
  const { pieces, fault } = openEnvelope(
    envelopeOf(keys, epoch),
    await store.get(ownerObject(epoch)),
  );
  if (fault === 'otherServer')
    throw new FiberkeepError('WRONG_KEY', { reason: 'placeOfOtherServer' });
  if (fault === 'newer') throw new FiberkeepError('FORMAT_NEWER', { reason: 'placeFormatNewer' });
  if (fault) return { epoch, ownerId: null, since: null };
  return { epoch, ...ownerSchema.parse(JSON.parse(Buffer.concat(pieces).toString())) };
}

/**
 * Makes `ownerId` the next owner of the place, after `epoch`. Answers whether it is: of several that try at once one
 * is. Owners before it find out at their next look, and stop.
 */
export async function takeOwnership(
  store: ObjectStore,
  keys: ServerKeys,
  {
    epoch,
    ownerId,
    since,
  }: { readonly epoch: number; readonly ownerId: string; readonly since: string },
): Promise<boolean> {
  const plain = Buffer.from(JSON.stringify({ ownerId, since }));
  const won = await putOnce(
    store,
    ownerObject(epoch),
    sealEnvelope(envelopeOf(keys, epoch), plain),
  );
  await store.sync();
  return won;
}

/** A place that cannot create an object once is taken all the same: its test has warned of that. */
async function putOnce(store: ObjectStore, name: string, bytes: Buffer): Promise<boolean> {
  try {
    return await store.putNew(name, bytes);
  } catch (thrown) {
    if (!(thrown instanceof FiberkeepError) || thrown.reason !== 'placeCannot') throw thrown;
    if (await store.has(name)) return false;
    await store.put(name, bytes);
    return true;
  }
}

function ownerObject(epoch: number): string {
  return `${FOLDER}${epoch}`;
}

function envelopeOf(keys: ServerKeys, epoch: number): Envelope {
  const { serverId, placeSeal: key } = keys;
  return { magic: MAGIC, serverId, key, context: Buffer.from(ownerObject(epoch)) };
}
