import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';
import { release } from '../memory/release.ts';

/** XAES-256-GCM (C2SP): AES-256-GCM whose 192-bit nonce is long enough to be random. */
export const XAES_KEY_BYTES = 32;
export const XAES_NONCE_BYTES = 24;
export const XAES_TAG_BYTES = 16;

const GCM_NONCE_BYTES = 12;
const BLOCK_BYTES = 16;
/** Small enough that output is still in the processor's cache when it is copied. */
const STEP_BYTES = 64 * 1024;

/** Ciphertext and tag. `nonce` is random and never used twice with one key. */
export function xaesSeal(
  key: Buffer,
  nonce: Buffer,
  plaintext: Uint8Array,
  additional: Uint8Array,
): [ciphertext: Buffer, tag: Buffer] {
  const cipher = sealer(key, nonce, additional);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/** As `xaesSeal`, but ciphertext and tag are put into `target`, from `at` on. */
export function xaesSealInto(
  { target, at }: { readonly target: Buffer; readonly at: number },
  key: Buffer,
  nonce: Buffer,
  plaintext: Uint8Array,
  additional: Uint8Array,
): void {
  const cipher = sealer(key, nonce, additional);
  for (let from = 0; from < plaintext.length; from += STEP_BYTES) {
    const ciphertext = cipher.update(plaintext.subarray(from, from + STEP_BYTES));
    target.set(ciphertext, at + from);
    release(ciphertext);
  }
  cipher.final();
  target.set(cipher.getAuthTag(), at + plaintext.length);
}

function sealer(key: Buffer, nonce: Buffer, additional: Uint8Array): CipherGCM {
  const [subkey, rest] = derive(key, nonce);
  const cipher = createCipheriv('aes-256-gcm', subkey, rest);
  cipher.setAAD(additional);
  return cipher;
}

/** The plaintext; null where the tag does not fit: another key, other additional data, altered bytes. */
export function xaesOpen(
  key: Buffer,
  nonce: Buffer,
  sealed: Buffer,
  additional: Uint8Array,
): Buffer | null {
  const pieces = xaesOpenPieces(key, nonce, sealed, additional, sealed.length);
  return pieces && (pieces[0] ?? Buffer.alloc(0));
}

/** As `xaesOpen`, in pieces of `pieceBytes` (the last may be smaller), which may fit the processor's cache. */
export function xaesOpenPieces(
  key: Buffer,
  nonce: Buffer,
  sealed: Buffer,
  additional: Uint8Array,
  pieceBytes: number,
): Buffer[] | null {
  const bytes = sealed.length - XAES_TAG_BYTES;
  if (bytes < 0) return null;
  const [subkey, rest] = derive(key, nonce);
  const decipher: DecipherGCM = createDecipheriv('aes-256-gcm', subkey, rest, {
    authTagLength: XAES_TAG_BYTES,
  });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(bytes));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes; at += pieceBytes)
    pieces.push(decipher.update(sealed.subarray(at, Math.min(at + pieceBytes, bytes))));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return pieces;
}

/** C2SP XAES-256-GCM, "Derivation": a one-block CMAC under the counters 1 and 2, label `X`. */
function derive(key: Buffer, nonce: Buffer): [subkey: Buffer, nonce: Buffer] {
  if (key.length !== XAES_KEY_BYTES || nonce.length !== XAES_NONCE_BYTES)
    throw new RangeError('XAES-256-GCM takes a key of 32 bytes and a nonce of 24');
  const mask = subkeyMask(key);
  const blocks = Buffer.alloc(2 * BLOCK_BYTES);
  for (const counter of [1, 2]) {
    const block = blocks.subarray((counter - 1) * BLOCK_BYTES, counter * BLOCK_BYTES);
    block[1] = counter;
    block[2] = 'X'.charCodeAt(0);
    nonce.copy(block, 4, 0, GCM_NONCE_BYTES);
    for (let i = 0; i < BLOCK_BYTES; i++) block[i] = (block[i] ?? 0) ^ (mask[i] ?? 0);
  }
  return [encryptBlocks(key, blocks), nonce.subarray(GCM_NONCE_BYTES)];
}

const masks = new WeakMap<Buffer, Buffer>();

/** NIST SP 800-38B section 6.1: K1. Depends on the key alone, so it is kept as long as the key is. */
function subkeyMask(key: Buffer): Buffer {
  const known = masks.get(key);
  if (known) return known;
  const block = encryptBlocks(key, Buffer.alloc(BLOCK_BYTES));
  const mask = Buffer.alloc(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++)
    mask[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  if ((block[0] ?? 0) & 0x80) mask[BLOCK_BYTES - 1] = (mask[BLOCK_BYTES - 1] ?? 0) ^ 0x87;
  masks.set(key, mask);
  return mask;
}

function encryptBlocks(key: Buffer, blocks: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}
