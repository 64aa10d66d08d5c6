import { createCipheriv } from 'node:crypto';
import * as format from './reference.ts';

/** The server whose vectors these are. */
export const SERVER_KEY = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
export const keys = format.deriveAll(SERVER_KEY);

/** A nonce that says what it is for; a writer draws it at random. */
export function nonceOf(use: string): Buffer {
  return format.sha256(`nonce of ${use}`).subarray(0, 24);
}

export interface SealedChunk {
  readonly ref: format.Reference;
  readonly object: string;
  readonly sealed: Buffer;
  readonly packed: Buffer;
  readonly nonce: Buffer;
}

export function chunkOf(
  plain: Buffer,
  codec: format.Reference['codec'],
  generation: number,
): SealedChunk {
  const id = format.chunkId(keys, plain);
  const ref = { id, generation, codec, plainBytes: plain.length };
  const packed = format.pack(codec, plain);
  const nonce = nonceOf(`chunk ${id}`);
  const sealed = format.sealChunk(keys, ref, packed, nonce);
  return { ref, object: `chunks/${id.slice(0, 2)}/${id}.${generation}`, sealed, packed, nonce };
}

/** Bytes that anybody can make again: the AES-256-CTR keystream under a key and counter of zeros. */
export function keystream(bytes: number): Buffer {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(bytes));
}

export function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}
