import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FiberkeepError } from '#errors';
import {
  ENVELOPE_PREFIX_BYTES,
  type Envelope,
  openEnvelope,
  sealEnvelope,
  uuidBytes,
} from '../sealing/envelope.ts';
import type { ServerKeys } from '../sealing/keys.ts';

/** Contents of posts' files as objects of a store (FORMAT.md, "Files of posts"). */

/** A content up to this size is one object; a larger one has pieces of this size. */
export const PIECE_BYTES = 4 * 1024 * 1024;

const HEAD_MAGIC = 'FKF1';
const PIECE_MAGIC = 'FKP1';
const WHOLE = 0;
const IN_PIECES = 1;
const ID_BYTES = 16;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const HEAD_NAME = /^files\/[0-9a-f]{2}\/([0-9a-f]{64})$/;
const LINK_NAME = /^pieces\/([0-9a-f-]{36})\/of\.([0-9a-f]{64})$/;
const PIECE_NAME = /^pieces\/([0-9a-f-]{36})\/(\d+)$/;

export const HEADS = 'files/';
export const PIECES = 'pieces/';

/** What a content's head says: the content itself, or where its pieces are. */
export type ContentHead =
  | { readonly kind: 'whole'; readonly content: Buffer }
  | { readonly kind: 'pieces'; readonly id: string; readonly bytes: number };

/** Where the head of a content lies: its digest as AES-256 turns it into another, which tells nobody which file it is. */
export function headObject(keys: ServerKeys, sha256: string): string {
  const name = nameOf(keys, sha256);
  return `${HEADS}${name.slice(0, 2)}/${name}`;
}

/** The digest of a content whose head is this object; null for other names. */
export function contentOfHead(keys: ServerKeys, object: string): string | null {
  const name = HEAD_NAME.exec(object)?.[1];
  if (name === undefined) return null;
  const cipher = createDecipheriv('aes-256-ecb', keys.fileName, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(name, 'hex'), cipher.final()]).toString('hex');
}

/** Two blocks of a digest are never equal, so each is enciphered by itself. */
function nameOf(keys: ServerKeys, sha256: string): string {
  if (!SHA256_HEX.test(sha256)) throw new RangeError(`Not a SHA-256: ${sha256}`);
  const cipher = createCipheriv('aes-256-ecb', keys.fileName, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(sha256, 'hex'), cipher.final()]).toString('hex');
}

/** Pieces count from 0. `id`: a random UUID of this writing of the content. */
export function pieceObject(id: string, piece: number): string {
  return `${PIECES}${id}/${piece}`;
}

/** An empty object beside the pieces that names the head of the content which they are. */
export function linkObject(id: string, head: string): string {
  return `${PIECES}${id}/of.${head.slice(head.lastIndexOf('/') + 1)}`;
}

/** Of an object beside pieces: the writing that it belongs to, and the piece that it is, or the head that it links to. */
export function writingOf(
  object: string,
): { readonly id: string; readonly head: string | null; readonly piece: number | null } | null {
  const [, linkId, name] = LINK_NAME.exec(object) ?? [];
  if (linkId && name)
    return { id: linkId, head: `${HEADS}${name.slice(0, 2)}/${name}`, piece: null };
  const [, id, piece] = PIECE_NAME.exec(object) ?? [];
  return id ? { id, head: null, piece: Number(piece) } : null;
}

export function sealHead(keys: ServerKeys, sha256: string, head: ContentHead): Buffer {
  const object = headObject(keys, sha256);
  if (head.kind === 'whole') return sealEnvelope(headEnvelope(keys, object, WHOLE), head.content);
  const plain = Buffer.alloc(ID_BYTES + 8);
  uuidBytes(head.id).copy(plain);
  plain.writeBigUInt64BE(BigInt(head.bytes), ID_BYTES);
  return sealEnvelope(headEnvelope(keys, object, IN_PIECES), plain);
}

/** Throws CHUNK_CORRUPT or WRONG_KEY. */
export function openHead(keys: ServerKeys, sha256: string, sealed: Buffer): ContentHead {
  const kind = sealed[ENVELOPE_PREFIX_BYTES] === IN_PIECES ? IN_PIECES : WHOLE;
  const plain = opened(headEnvelope(keys, headObject(keys, sha256), kind), sealed, sha256);
  if (kind === WHOLE) return { kind: 'whole', content: plain };
  if (plain.length !== ID_BYTES + 8) throw damaged(sha256);
  return {
    kind: 'pieces',
    id: uuidText(plain.subarray(0, ID_BYTES)),
    bytes: Number(plain.readBigUInt64BE(ID_BYTES)),
  };
}

export function sealPiece(keys: ServerKeys, id: string, piece: number, plain: Uint8Array): Buffer {
  return sealEnvelope(pieceEnvelope(keys, pieceObject(id, piece)), plain);
}

/** Throws CHUNK_CORRUPT, also where the piece has not `bytes`, or WRONG_KEY. */
export function openPiece(
  keys: ServerKeys,
  { sha256, id, piece, bytes }: { sha256: string; id: string; piece: number; bytes: number },
  sealed: Buffer,
): Buffer {
  const plain = opened(pieceEnvelope(keys, pieceObject(id, piece)), sealed, sha256);
  if (plain.length !== bytes) throw damaged(sha256);
  return plain;
}

function headEnvelope(keys: ServerKeys, object: string, kind: number): Envelope {
  const { serverId, fileSeal: key } = keys;
  const context = Buffer.from(object);
  return { magic: HEAD_MAGIC, serverId, key, fields: Buffer.from([kind]), context };
}

function pieceEnvelope({ serverId, fileSeal: key }: ServerKeys, object: string): Envelope {
  return { magic: PIECE_MAGIC, serverId, key, context: Buffer.from(object) };
}

function opened(envelope: Envelope, sealed: Buffer, sha256: string): Buffer {
  const { pieces, fault } = openEnvelope(envelope, sealed);
  if (pieces) return pieces[0] ?? Buffer.alloc(0);
  if (fault === 'otherServer')
    throw new FiberkeepError('WRONG_KEY', { reason: 'filePieceDamaged', params: { sha256 } });
  throw damaged(sha256);
}

function damaged(sha256: string): FiberkeepError {
  return new FiberkeepError('CHUNK_CORRUPT', { reason: 'filePieceDamaged', params: { sha256 } });
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
