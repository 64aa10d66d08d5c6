import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { FiberkeepError } from '#errors';
import { normalizeEmail } from '#plant/users.ts';
import { recordAudit } from '#vault/audit.ts';
import { countUse, forgetUses, type RateLimit, returnUse } from '#vault/rate-limits.ts';
import { createSession, revokeSession } from '#vault/sessions.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { MAX_PASSWORD_CHARS, verifyPassword } from './passwords.ts';

const WINDOW_MS = 15 * 60 * 1000;
/** Guesses at one person's password. */
export const EMAIL_LIMIT: RateLimit = { points: 10, windowMs: WINDOW_MS };
/** Failures from one network; an office behind one address signs in without using it up. */
export const ADDRESS_LIMIT: RateLimit = { points: 100, windowMs: WINDOW_MS };

/** Where a request comes from, and as whom it came. */
export interface ClientInfo {
  readonly address: string;
  readonly userAgent: string;
  readonly actor: Caller | null;
}

export interface SignedInUser {
  readonly userId: string;
  readonly token: string;
}

/**
 * Opens a session. Throws SIGN_IN_FAILED, the same whether the e-mail is unknown, the password wrong or the
 * account disabled, and RATE_LIMITED after too many tries for one e-mail or from one address.
 */
export async function signIn(
  server: Server,
  input: { email: string; password: string },
  client: ClientInfo,
): Promise<SignedInUser> {
  const email = normalizeEmail(input.email.slice(0, 1000));
  const keys = { email: emailKey(email), address: addressKey(client.address) };
  await limit(server, client, keys.address, ADDRESS_LIMIT);
  await limit(server, client, keys.email, EMAIL_LIMIT);
  const user = await findByEmail(server, email);
  const matches = await verifyPassword(
    user?.passwordHash ?? null,
    input.password.slice(0, MAX_PASSWORD_CHARS + 1),
  );
  if (!user || !matches || user.disabled) {
    await auditSignIn(server, client, { id: null, name: user ? email : '' }, 'REFUSED');
    throw signInFailed();
  }
  await forgetUses(server.vault, keys.email);
  await returnUse(server.vault, keys.address);
  return openSession(server, user, client);
}

/** Opens a session for a user whose right to it was tested, in the place of the one that the client had. */
export async function openSession(
  server: Server,
  user: { id: string; name: string },
  client: ClientInfo,
): Promise<SignedInUser> {
  const { token } = await createSession(server.vault, { userId: user.id, ...client });
  const { actor } = client;
  if (actor?.id && actor.sessionId) await revokeSession(server.vault, actor.id, actor.sessionId);
  await auditSignIn(server, client, user, 'DONE');
  return { userId: user.id, token };
}

/** Nobody's e-mail holds a control character, and PostgreSQL takes no NUL. */
async function findByEmail(server: Server, email: string) {
  if (/\p{Cc}/u.test(email)) return null;
  return server.plant.user.findUnique({ where: { email } });
}

/** Throws RATE_LIMITED when `key` was used too often; only the first refusal of a window is audited. */
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

/** What an unknown e-mail field held is not written down: people type passwords into it. */
async function auditSignIn(
  server: Server,
  client: ClientInfo,
  who: { id: string | null; name: string },
  outcome: 'DONE' | 'REFUSED',
): Promise<void> {
  await recordAudit(server.vault, {
    actor: { kind: 'PERSON', id: who.id, name: who.name, address: client.address },
    action: 'session.sign-in',
    outcome,
  });
}

/** E-mails of any length make keys of one length, and the table names nobody. */
function emailKey(email: string): string {
  return `sign-in:email:${createHash('sha256').update(email).digest('hex')}`;
}

/** What is counted of `what` by address. One subscriber of IPv6 holds a whole /64, so that counts as one. */
export function addressKey(address: string, what = 'sign-in'): string {
  const network = isIPv6(address) ? `${expandIPv6(address).slice(0, 4).join(':')}::/64` : address;
  return `${what}:address:${network}`;
}

/** The eight groups of an IPv6 address. An IPv4-mapped one keeps its IPv4 address apart from all others. */
function expandIPv6(address: string): string[] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return [mapped[1], '', '', ''];
  const [head = '', tail] = address.replace(/%.*$/, '').split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
}

function signInFailed(): FiberkeepError {
  return new FiberkeepError('SIGN_IN_FAILED');
}
