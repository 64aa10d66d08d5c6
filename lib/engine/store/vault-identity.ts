import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { type Envelope, openEnvelope, sealEnvelope } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from './port.ts';

/** Objects that say whose store a bucket or prefix is (FORMAT.md, "Whose store a bucket is"). */
export type IdentityObject =
  /** The store is in use. */
  | 'identity'
  /** The store is being filled, and not whole yet. */
  | 'moving';

const MAGIC = 'FKI1';
const schema = z.strictObject({ vaultId: z.uuid() });

/** The id under which a database knows this store; null where there is no such object. Throws WRONG_KEY, CHUNK_CORRUPT. */
export async function readVaultId(
  store: ObjectStore,
  keys: ServerKeys,
  object: IdentityObject = 'identity',
): Promise<string | null> {
  const sealed = await read(store, object);
  if (!sealed) return null;
  const { pieces, fault } = openEnvelope(envelopeOf(keys, object), sealed);
  if (pieces) return schema.parse(JSON.parse(Buffer.concat(pieces).toString())).vaultId;
  if (fault === 'newer') throw new FiberkeepError('FORMAT_NEWER', { reason: 'placeFormatNewer' });
  throw new FiberkeepError(fault === 'otherServer' ? 'WRONG_KEY' : 'CHUNK_CORRUPT');
}

export async function hasIdentity(store: ObjectStore): Promise<boolean> {
  return (await read(store, 'identity')) !== null;
}

/** Answers whether the store is `vaultId`'s by this call: of several at once one wins. */
export async function putVaultId(
  store: ObjectStore,
  keys: ServerKeys,
  vaultId: string,
  object: IdentityObject = 'identity',
): Promise<boolean> {
  const plain = Buffer.from(JSON.stringify({ vaultId }));
  return store.putNew(object, sealEnvelope(envelopeOf(keys, object), plain));
}

async function read(store: ObjectStore, object: IdentityObject): Promise<Buffer | null> {
  return store.get(object).catch((thrown) => {
    if (thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING') return null;
    throw thrown;
  });
}

function envelopeOf({ serverId, placeSeal: key }: ServerKeys, object: IdentityObject): Envelope {
  return { magic: MAGIC, serverId, key, context: Buffer.from(object) };
}
