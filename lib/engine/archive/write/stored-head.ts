import { createHash } from 'node:crypto';
import { type Envelope, openEnvelope, sealEnvelope } from '#engine/sealing/envelope.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';

/** The head is kept in the store in sealed pieces of this size, so that any part can be read alone. */
export const HEAD_PIECE_BYTES = 1024 * 1024;

const MAGIC = 'FKH1';

export interface HeadReader {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Bytes [start, end) of the head. Throws CHUNK_MISSING or CHUNK_CORRUPT. */
  read(start: number, end: number): AsyncIterable<Buffer>;
}

/** Objects of a head are `<name>.<piece>`. Two workers that make the same head never write one object. */
export function headName(backupId: string, fencingToken: bigint): string {
  return `heads/${backupId}.${fencingToken}`;
}

/** The objects of a head of `bytes`, to be deleted with it. */
export function headObjects(name: string, bytes: number): string[] {
  const pieces = Math.ceil(bytes / HEAD_PIECE_BYTES);
  return Array.from({ length: pieces }, (_, piece) => `${name}.${piece}`);
}

/** The object of `putSums`, to be deleted with the head. */
export function sumsObject(name: string): string {
  return `${name}.sums`;
}

/** More sums than this are not kept, because they are read into memory at once. */
const MOST_SUMS = 1_000_000;
const SUM_BYTES = 4;

/**
 * Keeps the CRC-32 of every member of the files beside the head, so that downloads need not compute them.
 * Does nothing for more than MOST_SUMS members.
 */
export async function putSums(
  store: ObjectStore,
  keys: ServerKeys,
  name: string,
  sums: readonly number[],
): Promise<void> {
  if (sums.length > MOST_SUMS) return;
  const plain = Buffer.alloc(sums.length * SUM_BYTES);
  for (const [n, sum] of sums.entries()) plain.writeUInt32LE(sum, n * SUM_BYTES);
  const object = sumsObject(name);
  await store.put(object, seal(keys, object, plain));
}

/** What `putSums` kept; null where it kept nothing, or where it cannot be read. */
export async function readSums(
  store: ObjectStore,
  keys: ServerKeys,
  name: string,
): Promise<Uint32Array | null> {
  const object = sumsObject(name);
  const sealed = await store.get(object).catch(() => null);
  const plain = sealed && open(keys, object, sealed);
  if (!plain) return null;
  return Uint32Array.from({ length: plain.length / SUM_BYTES }, (_, n) =>
    plain.readUInt32LE(n * SUM_BYTES),
  );
}

/** Stores the pieces of `makeHead` (`sink: (piece) => writer.write(piece)`). Durable after `finish`. */
export function openHeadWriter(store: ObjectStore, keys: ServerKeys, name: string) {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let piece = 0;

  async function put(bytes: number): Promise<void> {
    const all = Buffer.concat(held);
    held = [all.subarray(bytes)];
    heldBytes -= bytes;
    const object = `${name}.${piece}`;
    await store.put(object, seal(keys, object, all.subarray(0, bytes)));
    piece++;
  }

  return {
    async write(bytes: Buffer): Promise<void> {
      held.push(bytes);
      heldBytes += bytes.length;
      while (heldBytes >= HEAD_PIECE_BYTES) await put(HEAD_PIECE_BYTES);
    },
    async finish(): Promise<void> {
      if (heldBytes > 0) await put(heldBytes);
      await store.sync();
    },
  };
}

export function openStoredHead(
  store: ObjectStore,
  keys: ServerKeys,
  head: { readonly name: string; readonly bytes: number; readonly sha256: string },
): HeadReader {
  const { name, bytes, sha256 } = head;

  async function* read(start: number, end: number): AsyncGenerator<Buffer, void> {
    for (let at = start; at < Math.min(end, bytes); ) {
      const piece = Math.floor(at / HEAD_PIECE_BYTES);
      const first = piece * HEAD_PIECE_BYTES;
      const object = `${name}.${piece}`;
      const opened = open(keys, object, await store.get(object));
      if (opened?.length !== Math.min(HEAD_PIECE_BYTES, bytes - first)) throw corrupt(name, piece);
      yield opened.subarray(at - first, Math.min(end, bytes) - first);
      at = first + opened.length;
    }
  }

  return { bytes, sha256, read };
}

/** Reads all of the head and compares it with its digest. Throws CHUNK_MISSING or CHUNK_CORRUPT. */
export async function checkHead(head: HeadReader): Promise<void> {
  const hash = createHash('sha256');
  for await (const piece of head.read(0, head.bytes)) hash.update(piece);
  if (hash.digest('hex') !== head.sha256)
    throw new FiberkeepError('CHUNK_CORRUPT', { reason: 'headDigestDiffers' });
}

function seal(keys: ServerKeys, object: string, plain: Buffer): Buffer {
  return sealEnvelope(envelopeOf(keys, object), plain);
}

/** Null where these bytes were not sealed as this object. */
function open(keys: ServerKeys, object: string, bytes: Buffer): Buffer | null {
  const { pieces } = openEnvelope(envelopeOf(keys, object), bytes);
  return pieces && (pieces[0] ?? Buffer.alloc(0));
}

/** Binds a piece to its place: it cannot pass as another piece or head. */
function envelopeOf(keys: ServerKeys, object: string): Envelope {
  const { serverId, archiveHead: key } = keys;
  return { magic: MAGIC, serverId, key, context: Buffer.from(object) };
}

function corrupt(name: string, piece: number): FiberkeepError {
  return new FiberkeepError('CHUNK_CORRUPT', { reason: 'headDamaged', params: { name, piece } });
}
