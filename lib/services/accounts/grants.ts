import { FiberkeepError, failureOf } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import { failureDetail } from '#vault/failures.ts';
import { actions, type Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { countAdministrators, type User } from './account-rows.ts';
import { administrator, isAdministrator } from './built-in-roles.ts';

/** The role, user or key whose actions somebody wants to give or take. */
interface Holder {
  readonly kind: 'apiKey' | 'role' | 'user';
  readonly name: string;
}

/** Throws FORBIDDEN where `names` holds actions that the actor lacks: nobody gives or takes more than they have. */
export function assertHolds(
  caller: Pick<Caller, 'actions'>,
  names: readonly string[],
  { kind, name }: Holder,
): void {
  const lacking = actions.filter((action) => names.includes(action) && !caller.actions.has(action));
  if (lacking.length === 0) return;
  throw new FiberkeepError('FORBIDDEN', {
    reason: 'mayDoMoreThanYou',
    params: { kind, name, actions: lacking.join(', ') },
  });
}

/** Whether the caller may enable an account that has these actions. */
export function mayEnable(
  caller: Pick<Caller, 'actions'> | null,
  { actions: has }: { readonly actions: readonly string[] },
): boolean {
  if (!caller?.actions.has('users.manage')) return false;
  return actions.every((action) => !has.includes(action) || caller.actions.has(action));
}

/** Throws FORBIDDEN for all who lack any action: the server key opens everything. */
export function assertMayEverything(caller: Pick<Caller, 'actions'>): void {
  const missing = actions.filter((action) => !caller.actions.has(action));
  if (missing.length === 0) return;
  throw new FiberkeepError('FORBIDDEN', {
    reason: 'takesEveryAction',
    params: { actions: missing.join(', ') },
  });
}

/** Throws CONFLICT where no enabled administrator would be left; after the change, in its transaction. */
export async function assertAdministratorLeft(tx: PlantTransaction): Promise<void> {
  if ((await countAdministrators(tx)) > 0) return;
  throw new FiberkeepError('CONFLICT', {
    reason: 'lastAdministrator',
    params: { role: administrator.name },
  });
}

/** The actions that only one of the two lists has. */
export function changedActions(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((action) => !after.includes(action)),
    ...after.filter((action) => !before.includes(action)),
  ];
}

export function isActiveAdministrator(
  user: User & { readonly role: { readonly id: string } },
): boolean {
  return !user.disabled && isAdministrator(user.role);
}

/** Runs a change of users, roles or keys. Audits a refusal where it throws FORBIDDEN or CONFLICT. */
export async function auditRefusal<T>(
  server: Server,
  entry: Omit<AuditEntry, 'outcome'>,
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } catch (thrown) {
    if (thrown instanceof FiberkeepError && ['FORBIDDEN', 'CONFLICT'].includes(thrown.code))
      await recordAudit(server.vault, {
        ...entry,
        outcome: 'REFUSED',
        detail: failureDetail(failureOf(thrown)),
      });
    throw thrown;
  }
}
