import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { compress, decompress } from '../chunks/codec.ts';
import { authorKinds, givenNameKinds, type Manifest } from '../ports.ts';
import { type Envelope, openEnvelope, sealEnvelope, uuidBytes } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const MAGIC = 'FKM1';
/** A manifest lists a few thousand references; this only keeps nonsense from filling memory. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const chunkRef = z.strictObject({
  id: sha256,
  generation: z
    .string()
    .regex(/^[1-9][0-9]{0,18}$/)
    .transform((digits) => BigInt(digits)),
  codec: z.enum(['none', 'brotli']),
  plainBytes: count,
});

const table = z.strictObject({
  name: z.string(),
  columns: z.array(z.string()),
  rows: count,
  bytes: count,
  sha256: sha256.nullable(),
  digest: sha256,
  rope: z.array(chunkRef),
});

const givenNameKind = z.enum(givenNameKinds);

const givenName = z.strictObject({
  kind: givenNameKind,
  of: z.array(givenNameKind).readonly(),
  at: z.strictObject({ localDate: z.string(), time: z.string() }).nullable(),
  backupName: z.string().nullable(),
});

const author = z
  .strictObject({ kind: z.enum(authorKinds), id: z.string().nullable(), name: z.string() })
  .refine(({ kind, id }) => kind === 'PERSON' || id === null, 'only a person has an id')
  .refine(
    ({ kind, name }) => kind === 'PERSON' || kind === 'COMMAND_LINE' || name === '',
    'the server and its environment have no name',
  );

const metadata = z.strictObject({
  backupId: z.uuid(),
  serverId: z.uuid(),
  name: z.string(),
  givenName: givenName.nullable(),
  comment: z.string(),
  author,
  kind: z.enum(['MANUAL', 'AUTOMATIC', 'INTRADAY', 'SAFETY', 'UPLOADED']),
  createdAt: z.string(),
  scheduledFor: z.string().nullable(),
  includesFiles: z.boolean(),
});

const structure = z.array(z.strictObject({ name: z.string(), checksum: z.string() }));

/** What the manifest in an archive has in common with this one. */
export const manifestParts = { count, sha256, givenName, metadata, structure } as const;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  metadata,
  structure,
  tables: z.array(table),
  files: z.strictObject({ count, bytes: count, digest: sha256, list: z.array(chunkRef) }),
});

/** The name of a backup's manifest; with the fencing token, so that two workers never write one object. */
export function manifestObjectName(backupId: string, fencingToken: bigint): string {
  return `manifests/${backupId}.${fencingToken}`;
}

/**
 * The canonical JSON: fields in the order of FORMAT.md, no spaces, bigints as decimal strings. Its
 * SHA-256 (hex) names the backup's content.
 */
export function encodeManifest(manifest: Manifest): { json: Buffer; sha256: string } {
  // Parsing copies the fields in the order of the schema.
  const ordered = manifestSchema.parse(JSON.parse(JSON.stringify(manifest, digits)));
  const json = Buffer.from(JSON.stringify(ordered, digits));
  return { json, sha256: createHash('sha256').update(json).digest('hex') };
}

/** Throws MANIFEST_CORRUPT for JSON of another shape, FORMAT_NEWER for one of a later format. */
export function decodeManifest(json: Buffer): Manifest {
  const value = parseJson(json);
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) throw newer();
  const read = manifestSchema.safeParse(value);
  if (!read.success) {
    const detail = z.prettifyError(read.error);
    throw new FiberkeepError('MANIFEST_CORRUPT', { reason: 'manifestInvalid', params: { detail } });
  }
  return read.data;
}

/** The object's bytes (FORMAT.md, "Manifest"), bound to the backup that it describes. */
export async function sealManifest(
  keys: ServerKeys,
  backupId: string,
  json: Buffer,
): Promise<Buffer> {
  return sealEnvelope(envelopeOf(keys, backupId), await compress('brotli', json));
}

/** The canonical JSON. Throws FORMAT_NEWER, WRONG_KEY or MANIFEST_CORRUPT. */
export async function openManifest(
  keys: ServerKeys,
  backupId: string,
  bytes: Buffer,
): Promise<Buffer> {
  const { pieces, fault } = openEnvelope(envelopeOf(keys, backupId), bytes);
  if (fault === 'newer') throw newer();
  if (fault === 'otherServer')
    throw new FiberkeepError('WRONG_KEY', { reason: 'manifestOfOtherServer' });
  if (fault) throw corrupt(fault);
  return decompress('brotli', Buffer.concat(pieces), MAX_JSON_BYTES).catch((cause) => {
    throw corrupt('compression', cause);
  });
}

function envelopeOf(keys: ServerKeys, backupId: string): Envelope {
  const { serverId, manifestSeal: key } = keys;
  return { magic: MAGIC, serverId, key, context: uuidBytes(backupId) };
}

/** What a manifest is written with. */
export interface ManifestPlace {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** Of the job's lease: two workers never write one manifest. */
  readonly fencingToken: bigint;
  readonly signal: AbortSignal;
}

export interface WrittenManifest {
  /** Its name in the store. */
  readonly object: string;
  /** SHA-256 (hex) of the canonical JSON. */
  readonly sha256: string;
  /** In the store. */
  readonly bytes: number;
}

/**
 * Writes the manifest and reads it back. It is the last object of a backup: all that it names is durable
 * by then. Throws TEST_FAILED where it does not read back.
 */
export async function writeManifest(
  place: ManifestPlace,
  manifest: Manifest,
): Promise<WrittenManifest> {
  const { store, keys, signal } = place;
  const { backupId } = manifest.metadata;
  const { json, sha256 } = encodeManifest(manifest);
  const object = manifestObjectName(backupId, place.fencingToken);
  const sealed = await sealManifest(keys, backupId, json);
  signal.throwIfAborted();
  await store.put(object, sealed);
  await store.sync();
  const readBack = await openManifest(keys, backupId, await store.get(object));
  if (!readBack.equals(json))
    throw new FiberkeepError('TEST_FAILED', { reason: 'manifestNotReadBack' });
  return { object, sha256, bytes: sealed.length };
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw corrupt('json', cause);
  }
}

function digits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

type Fault = 'compression' | 'header' | 'json' | 'length' | 'seal';

function corrupt(fault: Fault, cause?: unknown): FiberkeepError {
  return new FiberkeepError('MANIFEST_CORRUPT', {
    reason: 'manifestDamaged',
    params: { fault },
    cause,
  });
}

function newer(): FiberkeepError {
  return new FiberkeepError('FORMAT_NEWER', { reason: 'backupFormatNewer' });
}
