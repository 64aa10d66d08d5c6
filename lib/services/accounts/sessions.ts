import { notFound } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { removeOldRateLimits } from '#vault/rate-limits.ts';
import { listSessions, removeEndedSessions, revokeSession, type Session } from '#vault/sessions.ts';
import type { Caller, SignedIn } from '../permit.ts';
import type { Server } from '../server.ts';
import { checkId } from './account-fields.ts';

/** The person's own open sessions, newest first. */
export function listOwnSessions(server: Server, me: SignedIn): Promise<Session[]> {
  return listSessions(server.vault, me.id);
}

/** Ends one of the person's own sessions. Throws NOT_FOUND where it is not open. */
export async function revokeOwnSession(server: Server, me: SignedIn, id: string): Promise<string> {
  const sessionId = checkId(id, 'session');
  if (!(await revokeSession(server.vault, me.id, sessionId))) throw notFound('session');
  await recordAudit(server.vault, {
    actor: me,
    action: 'session.revoke',
    target: { kind: 'session', id: sessionId, name: '' },
    outcome: 'DONE',
  });
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
