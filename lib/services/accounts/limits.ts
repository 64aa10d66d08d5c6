import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { FiberkeepError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { countUse, type RateLimit } from '#vault/rate-limits.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';

const WINDOW_MS = 15 * 60 * 1000;
/** Guesses at one person's password: from one network, or on one device that they use. */
export const EMAIL_LIMIT: RateLimit = { points: 10, windowMs: WINDOW_MS };
/** Guesses at one person's password from anywhere (NIST SP 800-63B §3.2.2: at most 100). */
export const ACCOUNT_LIMIT: RateLimit = { points: 100, windowMs: WINDOW_MS };
/** Failures from one network; an office behind one address signs in without using it up. */
export const ADDRESS_LIMIT: RateLimit = { points: 100, windowMs: WINDOW_MS };
/** Failures from the site that an IPv6 network belongs to. */
const SITE_LIMIT: RateLimit = { points: 1000, windowMs: WINDOW_MS };

/** Where a request comes from, and who sent it. */
export interface ClientInfo {
  readonly address: string;
  readonly userAgent: string;
  readonly actor: Caller | null;
  /** The cookie that `rememberDevice` made; null without one. */
  readonly deviceCookie: string | null;
}

/** One counter of guesses. */
export interface Guess {
  readonly key: string;
  readonly rate: RateLimit;
}

/** What a guess at the password of `email` counts against. Hashed, so that the table names nobody. */
export function guessesAt(email: string, address: string): Guess[] {
  const account = `sign-in:email:${createHash('sha256').update(email).digest('hex')}`;
  return [
    ...guessesFrom(address),
    { key: `${account}:${networkOf(address)}`, rate: EMAIL_LIMIT },
    { key: account, rate: ACCOUNT_LIMIT },
  ];
}

/** What a guess from an address counts against. RFC 6177: a site of IPv6 has a /48 at most. */
export function guessesFrom(address: string): Guess[] {
  const network = { key: addressKey(address), rate: ADDRESS_LIMIT };
  if (!isIPv6(address) || isMapped(address)) return [network];
  const site = `sign-in:site:${expandIPv6(address).slice(0, 3).join(':')}::/48`;
  return [{ key: site, rate: SITE_LIMIT }, network];
}

/** Counts a use of `key`. Throws RATE_LIMITED when there were too many; audits the first refusal of a window. */
export async function limit(
  server: Server,
  client: Pick<ClientInfo, 'address' | 'actor'>,
  key: string,
  rate: RateLimit,
): Promise<void> {
  const state = await countUse(server.vault, key, rate);
  if (state.allowed) return;
  if (state.used === rate.points + 1)
    await recordAudit(server.vault, {
      actor: {
        kind: 'PERSON',
        id: client.actor?.id ?? null,
        name: '',
        address: client.address,
      },
      action: 'session.rate-limit',
      outcome: 'REFUSED',
    });
  throw tooMany('tooManyTries', state.retryAfterSeconds);
}

export function tooMany(
  reason: 'keyUsedTooOften' | 'tooManyTries' | 'tooManyWrongKeys',
  retryAfterSeconds: number,
): FiberkeepError {
  return new FiberkeepError('RATE_LIMITED', {
    reason,
    params: { seconds: retryAfterSeconds },
    retryAfterSeconds,
  });
}

/** The counter of `what` for an address. A subscriber of IPv6 has a whole /64, so a /64 counts as one address. */
export function addressKey(address: string, what = 'sign-in'): string {
  return `${what}:address:${networkOf(address)}`;
}

export function networkOf(address: string): string {
  return isIPv6(address) ? `${expandIPv6(address).slice(0, 4).join(':')}::/64` : address;
}

function isMapped(address: string): boolean {
  return /^::ffff:\d/i.test(address);
}

/** The eight groups of an IPv6 address. For an IPv4-mapped one the first group is its IPv4 address. */
function expandIPv6(address: string): string[] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return [mapped[1], '', '', ''];
  const [head = '', tail] = address.replace(/%.*$/, '').split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
}
