import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { type Envelope, openEnvelope, sealEnvelope } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from './port.ts';

/** Says whose store a bucket or prefix is (FORMAT.md, "Whose store a bucket is"). */
export const IDENTITY_OBJECT = 'identity';
const MAGIC = 'FKI1';

const schema = z.strictObject({ vaultId: z.uuid() });

/** The id under which a database knows this store; null where nobody has used it. Throws WRONG_KEY, CHUNK_CORRUPT. */
export async function readVaultId(store: ObjectStore, keys: ServerKeys): Promise<string | null> {
  const sealed = await readIdentity(store);
  if (!sealed) return null;
  const { pieces, fault } = openEnvelope(envelopeOf(keys), sealed);
  if (pieces) return schema.parse(JSON.parse(Buffer.concat(pieces).toString())).vaultId;
  if (fault === 'newer') throw new FiberkeepError('FORMAT_NEWER', { reason: 'placeFormatNewer' });
  throw new FiberkeepError(fault === 'otherServer' ? 'WRONG_KEY' : 'CHUNK_CORRUPT');
}

export async function hasIdentity(store: ObjectStore): Promise<boolean> {
  return (await readIdentity(store)) !== null;
}

/** Answers whether the store is `vaultId`'s by this call: of several at once one wins. */
export async function putVaultId(
  store: ObjectStore,
  keys: ServerKeys,
  vaultId: string,
): Promise<boolean> {
  const plain = Buffer.from(JSON.stringify({ vaultId }));
  return store.putNew(IDENTITY_OBJECT, sealEnvelope(envelopeOf(keys), plain));
}

async function readIdentity(store: ObjectStore): Promise<Buffer | null> {
  return store.get(IDENTITY_OBJECT).catch((thrown) => {
    if (thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING') return null;
    throw thrown;
  });
}

function envelopeOf({ serverId, placeSeal: key }: ServerKeys): Envelope {
  return { magic: MAGIC, serverId, key, context: Buffer.from(IDENTITY_OBJECT) };
}
