import { decodeBech32, encodeBech32 } from '../archive/container/age/bech32.ts';
import { KEY_BYTES } from './keys.ts';

const PREFIX = 'FIBERKEEP-KEY';
const GROUP_CHARS = 4;

/**
 * The server key as people keep it: `FIBERKEEP-KEY1…`, in bech32 (BIP 173), whose checksum finds up to four
 * wrong characters and any two that were swapped.
 */
export function encodeServerKey(key: Buffer): string {
  return encodeBech32(PREFIX.toLowerCase(), key).toUpperCase();
}

/** What follows `FIBERKEEP-KEY1`, in groups of four characters, the last of two. */
export function serverKeyGroups(key: Buffer): string[] {
  const digits = encodeServerKey(key).slice(PREFIX.length + 1);
  return digits.match(new RegExp(`.{1,${GROUP_CHARS}}`, 'g')) ?? [];
}

/**
 * The 32 bytes of a server key from text: `FIBERKEEP-KEY1…` in any case, with spaces and line breaks
 * anywhere, or 64 hex digits, or 44 characters of base64. Null for anything else.
 */
export function parseServerKey(text: string): Buffer | null {
  const plain = text.replaceAll(/\s/g, '');
  if (plain.toUpperCase().startsWith(PREFIX))
    return decodeBech32(PREFIX, plain.toUpperCase(), KEY_BYTES);
  const key = Buffer.from(plain, /^[0-9a-f]{64}$/i.test(plain) ? 'hex' : 'base64');
  return key.length === KEY_BYTES ? key : null;
}
