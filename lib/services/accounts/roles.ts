import { FiberkeepError, notFound, validationError } from '#errors';
import { publish } from '#events/channel.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { looksSame } from '#text/looks-same.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Authority } from '../authority.ts';
import { isTaken } from '../is-taken.ts';
import type { Action, Caller, InPerson, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';
import { checkId, Fields } from './account-fields.ts';
import {
  countUsers,
  deleteRoleRow,
  findRole,
  findRolesById,
  insertRole,
  lockRole,
  lockRoleNames,
  type Role,
  readRoles,
  updateRoleRow,
} from './account-rows.ts';
import { isAdministrator, isBuiltIn } from './built-in-roles.ts';
import { assertHolds, auditRefusal, changedActions } from './grants.ts';

export interface RoleInput {
  readonly name: string;
  readonly actions: readonly string[];
}

/** Every role, built-in ones first. */
export function listRoles(server: Server, _permit: Permit<'users.manage'>): Promise<Role[]> {
  return readRoles(server.plant);
}

/** The roles of these ids, in the order asked; null where there is none. */
export async function findRoles(server: Server, ids: readonly string[]): Promise<(Role | null)[]> {
  const roles = await findRolesById(server.plant, ids);
  const byId = new Map(roles.map((role) => [role.id, role]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** How many users have each of these roles, in the order asked. */
export async function countRoleUsers(server: Server, ids: readonly string[]): Promise<number[]> {
  const counts = await countUsers(server.plant, ids);
  return ids.map((id) => counts.get(id) ?? 0);
}

/** Makes a role. Throws FORBIDDEN where it would allow more than the actor has. */
export async function createRole(
  server: Server,
  permit: InPerson<'users.manage'>,
  input: RoleInput,
  epoch: bigint | null,
): Promise<Role> {
  const { name, actions } = checkRole(input);
  const { actor } = permit;
  const target = { kind: 'role', id: '', name };
  return auditRefusal(server, { actor, action: 'roles.create', target }, () =>
    writeRole(server, permit, epoch, async (tx, now) => {
      assertHolds(now, actions, { kind: 'role', name });
      await assertLooksNew(tx, name);
      const by = { createdById: actor.id, updatedById: actor.id };
      const role = await insertRole(tx, { name, actions, ...by });
      await recordAudit(tx, {
        actor,
        action: 'roles.create',
        target: { ...target, id: role.id },
        outcome: 'DONE',
        detail: { actions },
      });
      return role;
    }),
  );
}

/**
 * Changes a role, and at once what its users may do. Throws CONFLICT for the actions of Administrator and the name of a
 * built-in role. Throws FORBIDDEN to who lacks an action that the role has or gets.
 */
export async function updateRole(
  server: Server,
  permit: InPerson<'users.manage'>,
  id: string,
  input: RoleInput,
  epoch: bigint | null,
): Promise<Role> {
  const roleId = checkId(id, 'role');
  const { name, actions } = checkRole(input);
  const { actor } = permit;
  const entry = { actor, action: 'roles.update', target: { kind: 'role', id: roleId, name } };
  return auditRefusal(server, entry, () =>
    writeRole(server, permit, epoch, async (tx, now) => {
      const before = present(await lockRole(tx, roleId));
      assertChangeable(before, name, changedActions(before.actions, actions));
      assertHolds(now, [...before.actions, ...actions], { kind: 'role', name: before.name });
      if (name !== before.name) await assertLooksNew(tx, name, roleId);
      const values = { name, actions, updatedById: actor.id };
      const role = await updateRoleRow(tx, roleId, values);
      await publish(tx, { kind: 'ACCESS_CHANGED', id: null });
      await recordAudit(tx, {
        ...entry,
        outcome: 'DONE',
        detail: {
          ...(before.name !== name && { name: { from: before.name, to: name } }),
          given: actions.filter((action) => !before.actions.includes(action)),
          taken: before.actions.filter((action) => !actions.some((kept) => kept === action)),
        },
      });
      return role;
    }),
  );
}

function assertChangeable(role: Role, name: string, changed: readonly string[]): void {
  if (isAdministrator(role) && changed.length > 0)
    throw new FiberkeepError('CONFLICT', { reason: 'administratorsMayEverything' });
  if (isBuiltIn(role) && role.name !== name)
    throw new FiberkeepError('CONFLICT', { reason: 'builtInRoleKeepsName' });
}

/** Deletes a role. Throws CONFLICT for a built-in role, or while people have it. */
export async function deleteRole(
  server: Server,
  permit: InPerson<'users.manage'>,
  id: string,
  epoch: bigint | null,
): Promise<string> {
  const roleId = checkId(id, 'role');
  const { actor } = permit;
  const { name } = present(await findRole(server.plant, roleId));
  const entry = { actor, action: 'roles.delete', target: { kind: 'role', id: roleId, name } };
  await auditRefusal(server, entry, () =>
    writeRole(server, permit, epoch, async (tx, now) => {
      const role = present(await lockRole(tx, roleId));
      if (isBuiltIn(role)) throw new FiberkeepError('CONFLICT', { reason: 'builtInRoleStays' });
      assertHolds(now, role.actions, { kind: 'role', name: role.name });
      await assertUnused(tx, role);
      await deleteRoleRow(tx, roleId);
      await recordAudit(tx, { ...entry, outcome: 'DONE' });
    }),
  );
  return roleId;
}

/**
 * Throws VALIDATION_FAILED for a name that people could take for that of another role, so that there is no second
 * Administrator. Other requests that name roles wait until the transaction ends.
 */
async function assertLooksNew(tx: PlantTransaction, name: string, id?: string): Promise<void> {
  await lockRoleNames(tx);
  const other = (await readRoles(tx)).find((role) => role.id !== id && looksSame(role.name, name));
  if (!other) return;
  if (other.name === name) throw validationError([{ path: 'input.name', reason: 'roleNameTaken' }]);
  const params = { name: other.name };
  throw validationError([{ path: 'input.name', reason: 'roleNameLooksLike', params }]);
}

async function assertUnused(tx: PlantTransaction, role: Role): Promise<void> {
  const people = (await countUsers(tx, [role.id])).get(role.id) ?? 0;
  if (people === 0) return;
  throw new FiberkeepError('CONFLICT', {
    reason: 'roleInUse',
    params: { people, name: role.name },
  });
}

function checkRole(input: RoleInput): { name: string; actions: Action[] } {
  const fields = new Fields();
  const name = fields.roleName('input.name', input.name);
  const actions = fields.actions('input.actions', input.actions);
  fields.check();
  return { name, actions };
}

function present(role: Role | null): Role {
  if (!role) throw notFound('role');
  return role;
}

/** Writes a role. Throws VALIDATION_FAILED for a name that another role has. */
async function writeRole<T>(
  server: Server,
  by: Authority,
  epoch: bigint | null,
  work: (tx: PlantTransaction, now: Caller) => Promise<T>,
): Promise<T> {
  try {
    const hold = { changesAccess: true, needsPassword: true };
    return await writePlant(server, by, epoch, work, hold);
  } catch (thrown) {
    if (isTaken(thrown)) throw validationError([{ path: 'input.name', reason: 'roleNameTaken' }]);
    throw thrown;
  }
}
