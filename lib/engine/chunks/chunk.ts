import { createHmac, subtle, type webcrypto } from 'node:crypto';
import { FiberkeepError } from '#errors';
import type { ChunkCodec, ChunkRef } from '../ports.ts';
import {
  ENVELOPE_OVERHEAD_BYTES,
  ENVELOPE_PREFIX_BYTES,
  type Envelope,
  openEnvelope,
  sealEnvelope,
} from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { compress, decompress } from './codec.ts';

const MAGIC = 'FKC1';
const CODECS: readonly ChunkCodec[] = ['none', 'brotli'];

const PLAIN_BYTES_AT = 1;
/** Codec and plaintext length. */
const FIELDS_BYTES = PLAIN_BYTES_AT + 4;

/** What sealing adds to the compressed bytes. */
export const CHUNK_OVERHEAD_BYTES = ENVELOPE_OVERHEAD_BYTES + FIELDS_BYTES;

/** HMAC-SHA-256(id key, plaintext), 64 hex digits. */
export function chunkId(keys: ServerKeys, plain: Uint8Array): string {
  return chunkIdOf(keys, [plain]);
}

/** Smaller chunks are hashed sooner than they are handed over. */
const WORTH_A_THREAD = 64 * 1024;

/** As `chunkId`, but hashes large chunks on the thread pool. `plain` must not change meanwhile. */
export async function chunkIdAside(keys: ServerKeys, plain: Uint8Array): Promise<string> {
  if (plain.length < WORTH_A_THREAD) return chunkId(keys, plain);
  const signed = await subtle.sign('HMAC', await hmacKey(keys.chunkId), plain);
  return Buffer.from(signed).toString('hex');
}

const hmacKeys = new WeakMap<Buffer, Promise<webcrypto.CryptoKey>>();

function hmacKey(key: Buffer): Promise<webcrypto.CryptoKey> {
  const known = hmacKeys.get(key);
  if (known) return known;
  const made = subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  hmacKeys.set(key, made);
  return made;
}

function chunkIdOf(keys: ServerKeys, pieces: readonly Uint8Array[]): string {
  const hmac = createHmac('sha256', keys.chunkId);
  for (const piece of pieces) hmac.update(piece);
  return hmac.digest('hex');
}

/** Where a chunk's object lies in the store. */
export function chunkObject(ref: Pick<ChunkRef, 'id' | 'generation'>): string {
  return `chunks/${ref.id.slice(0, 2)}/${ref.id}.${ref.generation}`;
}

/** The object's bytes (FORMAT.md, "Chunk"): compressed as `ref` says, sealed under a fresh nonce. */
export async function sealChunk(keys: ServerKeys, ref: ChunkRef, plain: Buffer): Promise<Buffer> {
  return sealEnvelope(envelopeOf(keys, ref), await compress(ref.codec, plain));
}

/**
 * The plaintext. Throws CHUNK_CORRUPT where the tag, the length or the id is not that of `ref`. Throws
 * WRONG_KEY where the object says that another server made it.
 */
export async function openChunk(keys: ServerKeys, ref: ChunkRef, bytes: Buffer): Promise<Buffer> {
  const plain = await openChunkPieces(keys, ref, bytes, { pieceBytes: bytes.length });
  return plain[0] ?? Buffer.alloc(0);
}

/** As `openChunk`, where only the object's name is known: its header says the rest, under the seal. */
export function openNamedChunk(keys: ServerKeys, name: string, bytes: Buffer): Promise<Buffer> {
  const [, id = '', generation = '0'] = /^chunks\/..\/([0-9a-f]{64})\.(\d+)$/.exec(name) ?? [];
  const fields = bytes.subarray(ENVELOPE_PREFIX_BYTES, ENVELOPE_PREFIX_BYTES + FIELDS_BYTES);
  const ref = {
    id,
    generation: BigInt(generation),
    codec: CODECS[fields[0] ?? 0] ?? 'none',
    plainBytes: fields.length < FIELDS_BYTES ? 0 : fields.readUInt32BE(PLAIN_BYTES_AT),
  };
  return openChunk(keys, ref, bytes);
}

export interface OpenOptions {
  /** Of a chunk stored uncompressed; a compressed one comes in one piece. */
  readonly pieceBytes: number;
  /**
   * The id of this object was compared before: it is not hashed again. The seal, which binds the id, still
   * proves that these are the bytes that were sealed as this chunk.
   */
  readonly idCompared?: boolean;
}

/** As `openChunk`, but in pieces small enough to stay in the processor's cache. */
export async function openChunkPieces(
  keys: ServerKeys,
  ref: ChunkRef,
  bytes: Buffer,
  { pieceBytes, idCompared = false }: OpenOptions,
): Promise<Buffer[]> {
  const plain = await unpack(ref, unseal(keys, ref, bytes, pieceBytes));
  if (bytesOf(plain) !== ref.plainBytes) throw corrupt(ref, 'length');
  if (!idCompared && chunkIdOf(keys, plain) !== ref.id) throw corrupt(ref, 'bytes');
  return plain;
}

async function unpack(ref: ChunkRef, packed: Buffer[]): Promise<Buffer[]> {
  if (ref.codec === 'none') return packed;
  const [only = Buffer.alloc(0)] = packed;
  const whole = packed.length > 1 ? Buffer.concat(packed) : only;
  try {
    return [await decompress(ref.codec, whole, ref.plainBytes)];
  } catch (cause) {
    throw corrupt(ref, 'compression', cause);
  }
}

function bytesOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** One chunk in so many is opened again after writing: an error in sealing repeats itself. */
const OPENED_AGAIN = 8;

/**
 * Checks that an object that was just read back is the one sealed from `plain`: it has the same bytes, and
 * one chunk in eight, chosen by id, also opens to `plain`. Throws CHUNK_CORRUPT.
 */
export async function checkStoredChunk(
  keys: ServerKeys,
  ref: ChunkRef,
  object: { readonly sealed: Buffer; readonly readBack: Buffer },
  plain: Buffer,
): Promise<void> {
  if (!object.readBack.equals(object.sealed)) throw corrupt(ref, 'stored');
  if (Number.parseInt(ref.id.slice(0, 2), 16) % OPENED_AGAIN !== 0) return;
  const opened = await openChunk(keys, ref, object.readBack);
  if (!opened.equals(plain)) throw corrupt(ref, 'bytes');
}

/** Reads and opens a chunk. Throws CHUNK_MISSING, CHUNK_CORRUPT or WRONG_KEY. */
export async function fetchChunk(
  store: ObjectStore,
  keys: ServerKeys,
  ref: ChunkRef,
): Promise<Buffer> {
  return openChunk(keys, ref, await store.get(chunkObject(ref)));
}

/** The compressed bytes. */
function unseal(keys: ServerKeys, ref: ChunkRef, bytes: Buffer, pieceBytes: number): Buffer[] {
  const { pieces, fault } = openEnvelope(envelopeOf(keys, ref), bytes, pieceBytes);
  if (pieces) return pieces;
  if (fault === 'otherServer') throw wrongKey(ref);
  throw corrupt(ref, fault === 'newer' ? 'seal' : fault);
}

function envelopeOf(keys: ServerKeys, ref: ChunkRef): Envelope {
  const fields = Buffer.alloc(FIELDS_BYTES);
  fields[0] = CODECS.indexOf(ref.codec);
  fields.writeUInt32BE(ref.plainBytes, PLAIN_BYTES_AT);
  const context = Buffer.from(ref.id, 'hex');
  return { magic: MAGIC, serverId: keys.serverId, key: keys.chunkSeal, fields, context };
}

function wrongKey(ref: ChunkRef): FiberkeepError {
  return new FiberkeepError('WRONG_KEY', { reason: 'chunkOfOtherServer', params: { id: ref.id } });
}

type Fault = 'bytes' | 'compression' | 'header' | 'length' | 'seal' | 'stored';

function corrupt(ref: ChunkRef, fault: Fault, cause?: unknown): FiberkeepError {
  return new FiberkeepError('CHUNK_CORRUPT', {
    reason: 'chunkDamaged',
    params: { object: chunkObject(ref), fault },
    cause,
  });
}
