import { randomBytes } from 'node:crypto';
import { XAES_NONCE_BYTES, XAES_TAG_BYTES, xaesOpen, xaesSeal } from '#engine/sealing/xaes.ts';
import { FiberkeepError } from '#errors';
import type { Server } from './server.ts';

type Keys = Pick<Server['keys'], 'secretSeal'>;

/**
 * Seals a secret for the database: nonce, ciphertext, tag. It opens only with the server's key and the same `use`,
 * which says what the secret is for and where it is sent.
 */
export function sealSecret(keys: Keys, use: string, secret: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(XAES_NONCE_BYTES);
  const [ciphertext, tag] = xaesSeal(keys.secretSeal, nonce, Buffer.from(secret), labelOf(use));
  return new Uint8Array(Buffer.concat([nonce, ciphertext, tag]));
}

/** Throws WRONG_KEY if it was sealed by another server's key or for another use, or was altered. */
export function openSecret(keys: Keys, use: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  const plain =
    bytes.length >= XAES_NONCE_BYTES + XAES_TAG_BYTES
      ? xaesOpen(
          keys.secretSeal,
          bytes.subarray(0, XAES_NONCE_BYTES),
          bytes.subarray(XAES_NONCE_BYTES),
          labelOf(use),
        )
      : null;
  if (plain) return plain.toString();
  throw new FiberkeepError('WRONG_KEY', { reason: 'secretOfOtherKey' });
}

function labelOf(use: string): Buffer {
  return Buffer.from(`fiberkeep/secret/v1 ${use}`);
}
