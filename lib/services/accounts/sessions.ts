import { FiberkeepError, notFound } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { countUse, forgetUses, removeOldRateLimits, returnUse } from '#vault/rate-limits.ts';
import {
  createSession,
  listSessions,
  removeEndedSessions,
  revokeSession,
  type Session,
} from '#vault/sessions.ts';
import { ownAuthority, writeVault } from '../authority.ts';
import type { Caller, SignedIn } from '../permit.ts';
import type { Server } from '../server.ts';
import { checkId, normalizeEmail } from './account-fields.ts';
import { findUserByEmail } from './account-rows.ts';
import { knownDevice, rememberDevice } from './known-device.ts';
import { type ClientInfo, EMAIL_LIMIT, type Guess, guessesAt, limit, networkOf } from './limits.ts';
import { verifyPassword } from './passwords.ts';

export interface SignedInUser {
  readonly userId: string;
  readonly token: string;
  /** By which the server knows the browser again. */
  readonly deviceCookie: string;
}

/**
 * Opens a session. Throws SIGN_IN_FAILED, the same for an unknown e-mail, a wrong password and a disabled
 * account. Throws RATE_LIMITED after too many failures; those of others never count against a device on which
 * the person signed in before.
 */
export async function signIn(
  server: Server,
  input: { email: string; password: string },
  client: ClientInfo,
): Promise<SignedInUser> {
  const email = normalizeEmail(input.email.slice(0, 1000));
  const user = await findByEmail(server, email);
  const guesses = await countGuess(server, client, email, user?.id ?? null);
  const from = networkOf(client.address);
  const matches = await verifyPassword(user?.passwordHash ?? null, input.password, from);
  if (!user || !matches || user.disabled) {
    await auditSignIn(server, client, { id: null, name: user ? email : '' }, 'REFUSED');
    throw signInFailed();
  }
  await takeBack(server, guesses);
  return openSession(server, user, client);
}

/** Counts before the password is checked, so that guesses at the same instant count each. */
async function countGuess(
  server: Server,
  client: ClientInfo,
  email: string,
  userId: string | null,
): Promise<readonly Guess[]> {
  const device = userId && knownDevice(server.keys, userId, client.deviceCookie);
  const own: Guess = { key: `sign-in:device:${device}`, rate: EMAIL_LIMIT };
  if (device && (await countUse(server.vault, own.key, own.rate)).allowed) return [own];
  const guesses = guessesAt(email, client.address);
  for (const { key, rate } of guesses) await limit(server, client, key, rate);
  return guesses;
}

/** A sign-in was no guess: it ends its own row of failures, and leaves those of others. */
async function takeBack(server: Server, guesses: readonly Guess[]): Promise<void> {
  for (const { key, rate } of guesses)
    if (rate === EMAIL_LIMIT) await forgetUses(server.vault, key);
    else await returnUse(server.vault, key);
}

/** Opens a session for a user who proved who they are, in the place of the session that the client had. */
export async function openSession(
  server: Server,
  user: { id: string; name: string },
  client: ClientInfo,
): Promise<SignedInUser> {
  const who = { userId: user.id, ...client };
  const { token } = await createSession(server.vault, who, server.config.sessionLife);
  const { actor } = client;
  if (actor?.id && actor.sessionId) await revokeSession(server.vault, actor.id, actor.sessionId);
  await auditSignIn(server, client, user, 'DONE');
  const deviceCookie = rememberDevice(server.keys, user.id, client.deviceCookie);
  return { userId: user.id, token, deviceCookie };
}

/** No e-mail holds a control character, and PostgreSQL refuses NUL. */
async function findByEmail(server: Server, email: string) {
  if (/\p{Cc}/u.test(email)) return null;
  return findUserByEmail(server.plant, email);
}

/** Leaves out what was typed as an unknown e-mail: people type passwords into that field. */
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

function signInFailed(): FiberkeepError {
  return new FiberkeepError('SIGN_IN_FAILED');
}

/** The person's own open sessions, newest first. */
export function listOwnSessions(server: Server, me: SignedIn): Promise<Session[]> {
  return listSessions(server.vault, me.id);
}

/** Ends one of the person's own sessions. Throws NOT_FOUND where it is not open. */
export async function revokeOwnSession(server: Server, me: SignedIn, id: string): Promise<string> {
  const sessionId = checkId(id, 'session');
  const revoke = async (tx: VaultTransaction) => {
    if (!(await revokeSession(tx, me.id, sessionId))) throw notFound('session');
    await recordAudit(tx, {
      actor: me,
      action: 'session.revoke',
      target: { kind: 'session', id: sessionId, name: '' },
      outcome: 'DONE',
    });
  };
  await writeVault(server, ownAuthority(me), revoke, { changesAccess: true });
  return sessionId;
}

/** Housekeeping: removes ended sessions, and counters whose window is over. */
export async function removeEnded(server: Pick<Server, 'vault'>): Promise<void> {
  await removeEndedSessions(server.vault);
  await removeOldRateLimits(server.vault);
}

/** Ends the session that the request came with. False where it came with none. */
export async function signOut(server: Server, actor: Caller | null): Promise<boolean> {
  if (!actor?.id || !actor.sessionId) return false;
  const ended = await revokeSession(server.vault, actor.id, actor.sessionId);
  if (ended)
    await recordAudit(server.vault, { actor, action: 'session.sign-out', outcome: 'DONE' });
  return ended;
}
