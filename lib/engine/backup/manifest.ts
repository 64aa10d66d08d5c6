import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { compress, decompress } from '../chunks/codec.ts';
import { authorKinds, givenNameKinds, type Manifest } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { XAES_NONCE_BYTES, XAES_TAG_BYTES, xaesOpen, xaesSeal } from '../sealing/xaes.ts';

const MAGIC = Buffer.from('FKM1');
const MAGIC_KIND = MAGIC.subarray(0, 3);
const SERVER_ID_BYTES = 16;
const NONCE_AT = MAGIC.length + SERVER_ID_BYTES;
const HEADER_BYTES = NONCE_AT + XAES_NONCE_BYTES;
/** A manifest is a list of a few thousand references; this only keeps nonsense from filling memory. */
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
  sha256,
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
  kind: z.enum(['MANUAL', 'AUTOMATIC', 'SAFETY', 'UPLOADED']),
  createdAt: z.string(),
  scheduledFor: z.string().nullable(),
  includesFiles: z.boolean(),
});

const structure = z.array(z.strictObject({ name: z.string(), checksum: z.string() }));

/** What an archive's manifest shares with ours. */
export const manifestParts = { count, sha256, givenName, metadata, structure } as const;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  metadata,
  structure,
  tables: z.array(table),
  files: z.strictObject({ count, bytes: count, digest: sha256, list: z.array(chunkRef) }),
});

/** Where a backup's manifest lies: one object for each worker that may have got so far. */
export function manifestObjectName(backupId: string, fencingToken: bigint): string {
  return `manifests/${backupId}.${fencingToken}`;
}

/**
 * The canonical JSON: fields in the order of FORMAT.md, no spaces, bigints as decimal strings. Its
 * SHA-256 (hex) names the backup's content.
 */
export function encodeManifest(manifest: Manifest): { json: Buffer; sha256: string } {
  // Parsing copies the fields in the order of the schema, whatever order they came in.
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

/** The object's bytes (FORMAT.md, "Manifest"), bound to the backup that it is the manifest of. */
export async function sealManifest(
  keys: ServerKeys,
  backupId: string,
  json: Buffer,
): Promise<Buffer> {
  const nonce = randomBytes(XAES_NONCE_BYTES);
  const header = headerOf(keys);
  const packed = await compress('brotli', json);
  const sealed = xaesSeal(keys.manifestSeal, nonce, packed, additionalData(header, backupId));
  return Buffer.concat([header, nonce, ...sealed]);
}

/** The canonical JSON. Throws FORMAT_NEWER, WRONG_KEY or MANIFEST_CORRUPT. */
export async function openManifest(
  keys: ServerKeys,
  backupId: string,
  bytes: Buffer,
): Promise<Buffer> {
  if (bytes.length < HEADER_BYTES + XAES_TAG_BYTES) throw corrupt('length');
  const header = headerOf(keys);
  const packed = xaesOpen(
    keys.manifestSeal,
    bytes.subarray(NONCE_AT, HEADER_BYTES),
    bytes.subarray(HEADER_BYTES),
    additionalData(header, backupId),
  );
  if (!packed) throw whyNotOpen(keys, bytes);
  if (!bytes.subarray(0, NONCE_AT).equals(header)) throw corrupt('header');
  return decompress('brotli', packed, MAX_JSON_BYTES).catch((cause) => {
    throw corrupt('compression', cause);
  });
}

function headerOf(keys: ServerKeys): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(keys.serverId.replaceAll('-', ''), 'hex')]);
}

function additionalData(header: Buffer, backupId: string): Buffer {
  return Buffer.concat([header, Buffer.from(backupId.replaceAll('-', ''), 'hex')]);
}

function whyNotOpen(keys: ServerKeys, bytes: Buffer): FiberkeepError {
  const magic = bytes.subarray(0, MAGIC.length);
  if (magic.subarray(0, 3).equals(MAGIC_KIND) && (magic[3] ?? 0) > (MAGIC[3] ?? 0)) return newer();
  const serverId = bytes.subarray(MAGIC.length, NONCE_AT).toString('hex');
  if (!magic.equals(MAGIC) || serverId === keys.serverId.replaceAll('-', ''))
    return corrupt('seal');
  return new FiberkeepError('WRONG_KEY', { reason: 'manifestOfOtherServer' });
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
