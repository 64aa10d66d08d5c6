import { validationError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { forgetUses } from '#vault/rate-limits.ts';
import { markPasswordGiven } from '#vault/sessions.ts';
import { ownAuthority, PASSWORD_GOOD_MS, writeVault } from '../authority.ts';
import type { SignedIn } from '../permit.ts';
import type { Server } from '../server.ts';
import { findPasswordHash } from './account-rows.ts';
import { EMAIL_LIMIT, limit } from './limits.ts';
import { verifyPassword } from './passwords.ts';

/**
 * Takes the person's password again, as changes of access and secrets want it. Answers until when it counts.
 * Throws VALIDATION_FAILED where it is wrong, RATE_LIMITED after too many tries.
 */
export async function confirmPassword(
  server: Server,
  me: SignedIn,
  password: string,
): Promise<Date> {
  const key = `confirm-password:user:${me.id}`;
  await limit(server, { address: me.address, actor: me }, key, EMAIL_LIMIT);
  if (!(await verifyPassword(await findPasswordHash(server.plant, me.id), password))) {
    await recordAudit(server.vault, {
      actor: me,
      action: 'session.confirm-password',
      outcome: 'REFUSED',
    });
    throw validationError([{ path: 'password', reason: 'wrongPassword' }]);
  }
  await writeVault(server, ownAuthority(me), (tx) => markPasswordGiven(tx, me.sessionId), {
    changesAccess: true,
  });
  await forgetUses(server.vault, key);
  return new Date(Date.now() + PASSWORD_GOOD_MS);
}
