import { createHash } from 'node:crypto';
import { FiberkeepError, notFound } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { forgetUses, removeOldRateLimits, returnUse } from '#vault/rate-limits.ts';
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
import { ADDRESS_LIMIT, addressKey, type ClientInfo, EMAIL_LIMIT, limit } from './limits.ts';
import { MAX_PASSWORD_CHARS, verifyPassword } from './passwords.ts';

export interface SignedInUser {
  readonly userId: string;
  readonly token: string;
}

/**
 * Opens a session. Throws SIGN_IN_FAILED, the same for an unknown e-mail, a wrong password and a disabled
 * account. Throws RATE_LIMITED after too many tries for one e-mail or from one address.
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

/** Opens a session for a user who proved who they are, in the place of the session that the client had. */
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

/** Hashed, so that keys have one length and the table names nobody. */
function emailKey(email: string): string {
  return `sign-in:email:${createHash('sha256').update(email).digest('hex')}`;
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
