import { recordAudit } from '#vault/audit.ts';
import { revokeSession } from '#vault/sessions.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';

/** Ends the session that the request came with; false where it came with none. */
export async function signOut(server: Server, actor: Caller | null): Promise<boolean> {
  if (!actor?.id || !actor.sessionId) return false;
  const ended = await revokeSession(server.vault, actor.id, actor.sessionId);
  if (ended)
    await recordAudit(server.vault, { actor, action: 'session.sign-out', outcome: 'DONE' });
  return ended;
}
