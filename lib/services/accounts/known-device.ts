import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { parse as bytesOfUuid } from 'uuid';
import type { Server } from '../server.ts';

type Keys = Pick<Server['keys'], 'secretSeal'>;

const ID_BYTES = 12;
const MAC_BYTES = 16;
/** People who share a browser; whoever signed in longest ago is forgotten first. */
const MOST_PEOPLE = 5;

/**
 * What a browser keeps after a sign-in, so that the server knows it again (OWASP, "Slow Down Online Guessing
 * Attacks with Device Cookies"). Each token is in base64url: user 16 bytes, random id 12, HMAC-SHA-256 of both
 * cut to 16. It opens nothing: it only has guesses of others not count against this browser.
 */
export function rememberDevice(keys: Keys, userId: string, before: string | null): string {
  const id = randomBytes(ID_BYTES);
  const token = Buffer.concat([bytesOf(userId), id, macOf(keys, userId, id)]).toString('base64url');
  const others = tokensIn(before).filter((one) => deviceIn(keys, userId, one) === null);
  return [token, ...others].slice(0, MOST_PEOPLE).join('.');
}

/** The id of the device that signed in as this user before; null where `cookie` says nothing of it. */
export function knownDevice(keys: Keys, userId: string, cookie: string | null): string | null {
  for (const token of tokensIn(cookie)) {
    const id = deviceIn(keys, userId, token);
    if (id !== null) return id;
  }
  return null;
}

function tokensIn(cookie: string | null): string[] {
  return (cookie ?? '').split('.', MOST_PEOPLE).filter((token) => token !== '');
}

function deviceIn(keys: Keys, userId: string, token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  const user = bytesOf(userId);
  if (bytes.length !== user.length + ID_BYTES + MAC_BYTES) return null;
  if (!user.equals(bytes.subarray(0, user.length))) return null;
  const id = bytes.subarray(user.length, -MAC_BYTES);
  return timingSafeEqual(macOf(keys, userId, id), bytes.subarray(-MAC_BYTES))
    ? id.toString('hex')
    : null;
}

function bytesOf(userId: string): Buffer {
  return Buffer.from(bytesOfUuid(userId));
}

function macOf({ secretSeal }: Keys, userId: string, id: Buffer): Buffer {
  const key = hkdfSync('sha256', secretSeal, '', 'fiberkeep/known-device/v1', 32);
  const mac = createHmac('sha256', Buffer.from(key)).update(bytesOf(userId)).update(id);
  return mac.digest().subarray(0, MAC_BYTES);
}
