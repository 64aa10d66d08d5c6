import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { altered } from '../refusals.ts';
import { decodeBech32, encodeBech32 } from './bech32.ts';
import { KEY_BYTES, open, seal, TAG_BYTES, ZERO_NONCE } from './chacha.ts';
import { decodeBase64, encodeBase64, FILE_KEY_BYTES, type Stanza } from './header.ts';

/** C2SP age, "The X25519 recipient type". Secrets and points are 32 bytes. */
const TYPE = 'X25519';
const LABEL = 'age-encryption.org/v1/X25519';
const POINT_BYTES = 32;

/** RFC 8410: the DER that precedes the 32 bytes of a secret (PKCS #8) and of a point (SPKI). */
const SECRET_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const POINT_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** `AGE-SECRET-KEY-1…`: what `age -i` reads. */
export function encodeIdentity(secret: Buffer): string {
  return encodeBech32('age-secret-key-', secret).toUpperCase();
}

/** Null where the text is not an identity. */
export function decodeIdentity(text: string): Buffer | null {
  return decodeBech32('AGE-SECRET-KEY-', text, POINT_BYTES);
}

/** `age1…`: what `age -r` takes. */
export function encodeRecipient(secret: Buffer): string {
  return encodeBech32('age', pointOf(secret));
}

export function pointOf(secret: Buffer): Buffer {
  const der = createPublicKey(secretKey(secret)).export({ format: 'der', type: 'spki' });
  return der.subarray(POINT_PREFIX.length);
}

/** Wraps the file key for the owner of `recipient`; `ephemeral` is a secret for this stanza alone. */
export function wrapForRecipient(recipient: Buffer, ephemeral: Buffer, fileKey: Buffer): Stanza {
  const share = pointOf(ephemeral);
  const shared = diffieHellman({
    privateKey: secretKey(ephemeral),
    publicKey: pointKey(recipient),
  });
  const key = wrappingKey(shared, share, recipient);
  const body = Buffer.concat(seal(key, ZERO_NONCE, fileKey));
  return { args: [TYPE, encodeBase64(share)], body };
}

/**
 * The file key from the first X25519 stanza for this identity; null where there is no such stanza. Throws
 * ARCHIVE_ALTERED for a stanza that no implementation of age writes.
 */
export function unwrapAsRecipient(stanzas: readonly Stanza[], secret: Buffer): Buffer | null {
  const ours = stanzas.filter(({ args }) => args[0] === TYPE);
  const found = ours.map((stanza) => unwrap(stanza, secret));
  return found.find((fileKey) => fileKey !== null) ?? null;
}

function unwrap({ args, body }: Stanza, secret: Buffer): Buffer | null {
  const share = args.length === 2 ? decodeBase64(args[1] ?? '') : null;
  // The length is checked before the tag: one ciphertext must not open under two keys.
  if (share?.length !== POINT_BYTES || body.length !== FILE_KEY_BYTES + TAG_BYTES)
    throw malformed();
  const key = wrappingKey(agree(secret, share), share, pointOf(secret));
  return open(key, ZERO_NONCE, body);
}

/** RFC 7748 section 6.1: OpenSSL refuses points of low order, whose shared secret is all zero. */
function agree(secret: Buffer, share: Buffer): Buffer {
  try {
    return diffieHellman({ privateKey: secretKey(secret), publicKey: pointKey(share) });
  } catch {
    throw malformed();
  }
}

function wrappingKey(shared: Buffer, share: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([share, recipient]), LABEL, KEY_BYTES),
  );
}

function secretKey(secret: Buffer): KeyObject {
  const key = Buffer.concat([SECRET_PREFIX, secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function pointKey(point: Buffer): KeyObject {
  const key = Buffer.concat([POINT_PREFIX, point]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

function malformed() {
  return altered('kitStanzaMalformed');
}
