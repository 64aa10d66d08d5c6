import { createHmac, randomBytes, subtle, type webcrypto } from 'node:crypto';
import { FiberkeepError } from '#errors';
import type { ChunkCodec, ChunkRef, ObjectStore } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import { XAES_NONCE_BYTES, XAES_TAG_BYTES, xaesOpenPieces, xaesSealInto } from '../sealing/xaes.ts';
import { compress, decompress } from './codec.ts';

const MAGIC = Buffer.from('FKC1');
const SERVER_ID_BYTES = 16;
const CODECS: readonly ChunkCodec[] = ['none', 'brotli'];

const SERVER_ID_AT = MAGIC.length;
const CODEC_AT = SERVER_ID_AT + SERVER_ID_BYTES;
const PLAIN_BYTES_AT = CODEC_AT + 1;
const NONCE_AT = PLAIN_BYTES_AT + 4;

/** Bytes in front of the sealed ones: `FKC1`, server id, codec, plaintext length, nonce. */
export const CHUNK_HEADER_BYTES = NONCE_AT + XAES_NONCE_BYTES;
/** What sealing adds to the compressed bytes. */
export const CHUNK_OVERHEAD_BYTES = CHUNK_HEADER_BYTES + XAES_TAG_BYTES;

/** HMAC-SHA-256(id key, plaintext), 64 hex digits. */
export function chunkId(keys: ServerKeys, plain: Uint8Array): string {
  return chunkIdOf(keys, [plain]);
}

/** Smaller ones are hashed sooner than they are handed over. */
const WORTH_A_THREAD = 64 * 1024;

/** As `chunkId`, but of large chunks on the thread pool. `plain` must not change meanwhile. */
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

/** The object's bytes (FORMAT.md, "Chunk"), in memory of their own: compressed as `ref` says, sealed under a fresh nonce. */
export async function sealChunk(keys: ServerKeys, ref: ChunkRef, plain: Buffer): Promise<Buffer> {
  const packed = await compress(ref.codec, plain);
  const nonce = randomBytes(XAES_NONCE_BYTES);
  const header = headerOf(keys, ref);
  const object = Buffer.allocUnsafeSlow(CHUNK_OVERHEAD_BYTES + packed.length);
  object.set(header);
  object.set(nonce, NONCE_AT);
  const target = { target: object, at: CHUNK_HEADER_BYTES };
  xaesSealInto(target, keys.chunkSeal, nonce, packed, additionalData(header, ref));
  return object;
}

/**
 * The plaintext, proven: the tag fits, it has the length announced, and its id is the one asked for.
 * Throws CHUNK_CORRUPT, or WRONG_KEY where the object says that another server made it.
 */
export async function openChunk(keys: ServerKeys, ref: ChunkRef, bytes: Buffer): Promise<Buffer> {
  const plain = await openChunkPieces(keys, ref, bytes, { proof: 'id', pieceBytes: bytes.length });
  return plain[0] ?? Buffer.alloc(0);
}

export interface OpenOptions {
  /**
   * `seal`: the tag, whose additional data names the id, proves that the bytes are those that were sealed as
   * this chunk. `id`: they are hashed as well, so the sealing is proven too; once for the same object is enough.
   */
  readonly proof: 'id' | 'seal';
  /** Of a chunk stored as it is; one that was compressed comes in one piece. */
  readonly pieceBytes: number;
}

/** As `openChunk`, in pieces: the memory of small ones is at hand again at once. */
export async function openChunkPieces(
  keys: ServerKeys,
  ref: ChunkRef,
  bytes: Buffer,
  { proof, pieceBytes }: OpenOptions,
): Promise<Buffer[]> {
  const plain = await unpack(ref, unseal(keys, ref, bytes, pieceBytes));
  if (bytesOf(plain) !== ref.plainBytes) throw corrupt(ref, 'length');
  if (proof === 'id' && chunkIdOf(keys, plain) !== ref.id) throw corrupt(ref, 'bytes');
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
const PROVEN_WHOLE = 8;

/**
 * Proves that an object, just read back, is the one that was sealed from `plain`: the same to the last bit,
 * and for one chunk in eight, chosen by id, that it opens to `plain`. Throws CHUNK_CORRUPT.
 */
export async function proveChunk(
  keys: ServerKeys,
  ref: ChunkRef,
  object: { readonly sealed: Buffer; readonly readBack: Buffer },
  plain: Buffer,
): Promise<void> {
  if (!object.readBack.equals(object.sealed)) throw corrupt(ref, 'stored');
  if (Number.parseInt(ref.id.slice(0, 2), 16) % PROVEN_WHOLE !== 0) return;
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
  const header = headerOf(keys, ref);
  const sealed = bytes.subarray(CHUNK_HEADER_BYTES);
  const nonce = bytes.subarray(NONCE_AT, CHUNK_HEADER_BYTES);
  const packed =
    bytes.length < CHUNK_OVERHEAD_BYTES
      ? null
      : xaesOpenPieces(keys.chunkSeal, nonce, sealed, additionalData(header, ref), pieceBytes);
  if (!packed) throw madeElsewhere(keys, bytes) ? wrongKey(ref) : corrupt(ref, 'seal');
  if (!bytes.subarray(0, NONCE_AT).equals(header)) throw corrupt(ref, 'header');
  return packed;
}

function headerOf(keys: ServerKeys, ref: ChunkRef): Buffer {
  const header = Buffer.alloc(NONCE_AT);
  MAGIC.copy(header);
  header.write(keys.serverId.replaceAll('-', ''), SERVER_ID_AT, 'hex');
  header[CODEC_AT] = CODECS.indexOf(ref.codec);
  header.writeUInt32BE(ref.plainBytes, PLAIN_BYTES_AT);
  return header;
}

/** Version, server id, codec and length as the header has them, then the chunk id. */
function additionalData(header: Buffer, ref: ChunkRef): Buffer {
  return Buffer.concat([header, Buffer.from(ref.id, 'hex')]);
}

/** Only asked when the seal does not open under our key, so a damaged header is not taken for it. */
function madeElsewhere(keys: ServerKeys, bytes: Buffer): boolean {
  const stamp = bytes.subarray(SERVER_ID_AT, CODEC_AT).toString('hex');
  const whole =
    bytes.length >= CHUNK_OVERHEAD_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
  return whole && stamp !== keys.serverId.replaceAll('-', '');
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
