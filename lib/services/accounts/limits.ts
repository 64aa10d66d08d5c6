import { isIPv6 } from 'node:net';
import { FiberkeepError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { countUse, type RateLimit } from '#vault/rate-limits.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';

const WINDOW_MS = 15 * 60 * 1000;
/** Guesses at one person's password. */
export const EMAIL_LIMIT: RateLimit = { points: 10, windowMs: WINDOW_MS };
/** Failures from one network; an office behind one address signs in without using it up. */
export const ADDRESS_LIMIT: RateLimit = { points: 100, windowMs: WINDOW_MS };

/** Where a request comes from, and who sent it. */
export interface ClientInfo {
  readonly address: string;
  readonly userAgent: string;
  readonly actor: Caller | null;
}

/** Counts a use of `key`. Throws RATE_LIMITED when there were too many; audits the first refusal of a window. */
export async function limit(
  server: Server,
  client: ClientInfo,
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
  const network = isIPv6(address) ? `${expandIPv6(address).slice(0, 4).join(':')}::/64` : address;
  return `${what}:address:${network}`;
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
