import { z } from 'zod';
import { FiberkeepError } from '#errors';
import { malformed } from '../encoding.ts';
import { type Envelope, openEnvelope, sealEnvelope } from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { PlantIdentity, TableIdentity } from './identity.ts';

/** A part of a table's map, compressed: see part-codec. */
export interface PackedPart {
  /** Of the rope: entry k of the map is row k of the rope. */
  readonly rows: number;
  /** Of their COPY text. */
  readonly bytes: number;
  readonly packed: Buffer;
}

/** Which version of which row stands at which place of a table's rope. */
export interface TableMap {
  readonly identity: TableIdentity;
  /** The digest of the rope that it goes with. */
  readonly rope: string;
  /** Part n holds the rows of the blocks from n times PART_BLOCKS on. */
  readonly parts: readonly PackedPart[];
}

/** FORMAT.md, "Row map". A cache: whoever lacks it reads whole tables. */
export interface RowMap {
  readonly backupId: string;
  readonly plant: PlantIdentity;
  readonly tables: readonly TableMap[];
}

const MAGIC = 'FKR1';
const VERSION = 1;
const LENGTH_BYTES = 4;
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const digits = z.string().regex(/^[0-9]{1,20}$/);

const headSchema = z.strictObject({
  version: z.literal(VERSION),
  backupId: z.uuid(),
  plant: z.strictObject({
    cluster: digits,
    timeline: z.string(),
    database: count,
    serverVersion: count,
    copySettings: z.string(),
    xmin: digits.transform(BigInt),
    xmax: digits.transform(BigInt),
  }),
  tables: z.array(
    z.strictObject({
      name: z.string(),
      oid: count,
      file: count,
      structure: z.string(),
      rope: z.string(),
      parts: z.array(z.strictObject({ rows: count, bytes: count, packed: count })),
    }),
  ),
});

/** Where the row map of a backup is kept. Two writers never have the same attempt. */
export function rowMapObject(backupId: string, attempt: bigint): string {
  return `maps/${backupId}.${attempt}`;
}

/** The object's bytes, bound to its name. */
export function sealRowMap(keys: ServerKeys, object: string, map: RowMap): Buffer {
  return sealEnvelope(envelopeOf(keys, object), encodeRowMap(map));
}

/** Puts the map into the store; durable with the next sync. Answers its size there. */
export async function writeRowMap(
  store: Pick<ObjectStore, 'put'>,
  keys: ServerKeys,
  object: string,
  map: RowMap,
): Promise<number> {
  const sealed = sealRowMap(keys, object, map);
  await store.put(object, sealed);
  return sealed.length;
}

/** Null where there is none, or it cannot be read: then everything is read whole. */
export async function readRowMap(
  store: Pick<ObjectStore, 'get'>,
  keys: ServerKeys,
  object: string,
): Promise<RowMap | null> {
  try {
    const { pieces } = openEnvelope(envelopeOf(keys, object), await store.get(object));
    return pieces && decodeRowMap(pieces[0] ?? Buffer.alloc(0));
  } catch (thrown) {
    if (thrown instanceof FiberkeepError && UNREADABLE.has(thrown.code)) return null;
    throw thrown;
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['CHUNK_MISSING', 'CHUNK_CORRUPT']);

export function encodeRowMap({ backupId, plant, tables }: RowMap): Buffer {
  const head = {
    version: VERSION,
    backupId,
    plant: { ...plant, xmin: String(plant.xmin), xmax: String(plant.xmax) },
    tables: tables.map(({ identity: { name, oid, file, structure }, rope, parts }) => ({
      name,
      oid,
      file,
      structure,
      rope,
      parts: parts.map(({ rows, bytes, packed }) => ({ rows, bytes, packed: packed.length })),
    })),
  };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  const packed = tables.flatMap(({ parts }) => parts.map((part) => part.packed));
  return Buffer.concat([length, json, ...packed]);
}

/** Throws CHUNK_CORRUPT. */
export function decodeRowMap(plain: Buffer): RowMap {
  if (plain.length < LENGTH_BYTES) throw malformed();
  const headEnd = LENGTH_BYTES + plain.readUInt32BE(0);
  const head = headSchema.safeParse(jsonOf(plain.subarray(LENGTH_BYTES, headEnd)));
  if (!head.success) throw malformed();
  let at = headEnd;
  const take = (bytes: number) => {
    at += bytes;
    return plain.subarray(at - bytes, at);
  };
  const tables = head.data.tables.map(({ parts, rope, ...identity }) => ({
    identity,
    rope,
    parts: parts.map((part) => ({ ...part, packed: take(part.packed) })),
  }));
  if (at !== plain.length) throw malformed();
  return { backupId: head.data.backupId, plant: head.data.plant, tables };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function envelopeOf({ serverId, rowMap: key }: ServerKeys, object: string): Envelope {
  return { magic: MAGIC, serverId, key, context: Buffer.from(object) };
}
