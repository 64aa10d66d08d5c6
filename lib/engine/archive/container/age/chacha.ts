import { createCipheriv, createDecipheriv } from 'node:crypto';

/** ChaCha20-Poly1305 (RFC 8439), as C2SP age uses it. */
const CIPHER = 'chacha20-poly1305';
export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const TAG = { authTagLength: TAG_BYTES };
/** For a key that seals once. */
export const ZERO_NONCE = Buffer.alloc(NONCE_BYTES);

/** `additional` is authenticated, not encrypted. */
export function seal(
  key: Buffer,
  nonce: Buffer,
  plain: Uint8Array,
  additional?: Buffer,
): [ciphertext: Buffer, tag: Buffer] {
  const cipher = createCipheriv(CIPHER, key, nonce, TAG);
  if (additional) cipher.setAAD(additional, { plaintextLength: plain.length });
  const ciphertext = cipher.update(plain);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/** `sealed`: ciphertext, then tag. Null where the tag does not fit. */
export function open(
  key: Buffer,
  nonce: Buffer,
  sealed: Buffer,
  additional?: Buffer,
): Buffer | null {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return null;
  const decipher = createDecipheriv(CIPHER, key, nonce, TAG);
  if (additional) decipher.setAAD(additional, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const plain = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plain;
}
