import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { compress, decompress } from '../chunks/codec.ts';
import { type GivenName, givenNameKinds } from '../ports.ts';
import { type Envelope, openEnvelope, sealEnvelope } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const MAGIC = 'FKV1';
const FOLDER = 'vault-state/';
const MAX_JSON_BYTES = 64 * 1024 * 1024;

const givenName: z.ZodType<GivenName> = z.object({
  kind: z.enum(givenNameKinds),
  of: z.array(z.enum(givenNameKinds)).readonly(),
  at: z.strictObject({ localDate: z.string(), time: z.string() }).nullable(),
  backupName: z.string().nullable(),
});

const keeps = {
  keepLast: z.number(),
  keepDaily: z.number(),
  keepWeekly: z.number(),
  keepMonthly: z.number(),
};

const stateSchema = z.object({
  format: z.literal(1),
  /** ISO 8601 UTC. */
  at: z.string(),
  /** What people changed of backups since they were made. */
  backups: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      givenName: givenName.nullable(),
      comment: z.string(),
      pinned: z.boolean(),
    }),
  ),
  schedule: z
    .object({
      enabled: z.boolean(),
      time: z.string().nullable(),
      timeZone: z.string().nullable(),
      includeFiles: z.boolean(),
      ...keeps,
    })
    .nullable(),
  /** Without secrets. */
  destinations: z.array(
    z.object({
      name: z.string(),
      access: z.record(z.string(), z.unknown()),
      ...keeps,
      /** Where objects are locked. */
      lockDays: z.number().optional(),
      /** Of chunks on S3; a later version may know more of them. */
      storageClass: z.string().optional(),
    }),
  ),
  /** They come back revoked. */
  apiKeys: z.array(z.object({ name: z.string(), createdAt: z.string() })),
});

/** What a destination keeps of the vault beside backups (FORMAT.md, "The vault's state"). */
export type VaultState = z.infer<typeof stateSchema>;

/** The name of a state's object: the newest has the greatest name. */
export function vaultStateObject(epoch: number, at: Date): string {
  return `${FOLDER}${String(epoch).padStart(9, '0')}.${String(at.getTime()).padStart(15, '0')}`;
}

export async function sealVaultState(
  keys: ServerKeys,
  name: string,
  state: VaultState,
): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(stateSchema.parse(state)));
  return sealEnvelope(envelopeOf(keys, name), await compress('brotli', json));
}

/** The newest state in a place that opens; null without one. */
export async function readVaultState(
  store: ObjectStore,
  keys: ServerKeys,
): Promise<VaultState | null> {
  const names: string[] = [];
  for await (const { name } of store.list(FOLDER)) names.push(name);
  for (const name of names.sort().reverse()) {
    const state = await openState(store, keys, name).catch(unlessDamaged);
    if (state) return state;
  }
  return null;
}

async function openState(store: ObjectStore, keys: ServerKeys, name: string): Promise<VaultState> {
  const { pieces, fault } = openEnvelope(envelopeOf(keys, name), await store.get(name));
  if (fault) throw damaged(fault === 'seal' ? 'seal' : 'header');
  const json = await decompress('brotli', Buffer.concat(pieces), MAX_JSON_BYTES);
  const read = stateSchema.safeParse(JSON.parse(json.toString()));
  if (!read.success) throw damaged('json');
  return read.data;
}

/** A newer one may replace it while it is read. */
function unlessDamaged(thrown: unknown): null {
  const isDamage = ['MANIFEST_CORRUPT', 'CHUNK_MISSING'];
  if (thrown instanceof FiberkeepError && isDamage.includes(thrown.code)) return null;
  throw thrown;
}

function envelopeOf({ serverId, placeSeal: key }: ServerKeys, name: string): Envelope {
  return { magic: MAGIC, serverId, key, context: Buffer.from(name) };
}

function damaged(fault: 'seal' | 'header' | 'json'): FiberkeepError {
  return new FiberkeepError('MANIFEST_CORRUPT', { reason: 'manifestDamaged', params: { fault } });
}
