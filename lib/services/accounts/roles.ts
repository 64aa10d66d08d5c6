import { FiberkeepError, notFound, validationError } from '#errors';
import { publish } from '#events/channel.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { countUsers, type Role, listRoles as readRoles } from '#plant/roles.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Action, InPerson, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';
import { checkId, Fields, isTaken } from './account-fields.ts';
import { assertHolds, auditRefusal, changedActions, isAdministrator } from './grants.ts';

export interface RoleInput {
  readonly name: string;
  readonly actions: readonly string[];
}

/** Built-in ones first. */
export function listRoles(server: Server, _permit: Permit<'users.manage'>): Promise<Role[]> {
  return readRoles(server.plant);
}

/** The roles of these ids, in the order asked; null where there is none. */
export async function findRoles(server: Server, ids: readonly string[]): Promise<(Role | null)[]> {
  const roles = await server.plant.role.findMany({ where: { id: { in: [...ids] } } });
  const byId = new Map(roles.map((role) => [role.id, role]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** How many users have each of these roles, in the order asked. */
export async function countRoleUsers(server: Server, ids: readonly string[]): Promise<number[]> {
  const counts = await countUsers(server.plant, ids);
  return ids.map((id) => counts.get(id) ?? 0);
}

/** Throws FORBIDDEN where the role would do more than the actor may. */
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
    writeRole(server, epoch, async (tx) => {
      assertHolds(permit, actions, { kind: 'role', name });
      const by = { createdById: actor.id, updatedById: actor.id };
      const role = await tx.role.create({ data: { name, actions, ...by } });
      const detail = { actions };
      const made = { ...target, id: role.id };
      await recordAudit(tx, {
        actor,
        action: 'roles.create',
        target: made,
        outcome: 'DONE',
        detail,
      });
      return role;
    }),
  );
}

/**
 * What its users may do changes at once. Throws CONFLICT for the actions of Administrator and the name of a
 * built-in role, FORBIDDEN where an action is given or taken that the actor lacks.
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
    writeRole(server, epoch, async (tx) => {
      const before = await lockRole(tx, roleId);
      const changed = changedActions(before.actions, actions);
      assertChangeable(before, name, changed);
      assertHolds(permit, changed, { kind: 'role', name });
      const role = await tx.role.update({
        where: { id: roleId },
        data: { name, actions, updatedById: actor.id },
      });
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
  if (role.builtIn && role.name !== name)
    throw new FiberkeepError('CONFLICT', { reason: 'builtInRoleKeepsName' });
}

/** Throws CONFLICT for a built-in role, or while people have it. */
export async function deleteRole(
  server: Server,
  permit: InPerson<'users.manage'>,
  id: string,
  epoch: bigint | null,
): Promise<string> {
  const roleId = checkId(id, 'role');
  const { actor } = permit;
  const { name } = await findRole(server.plant, roleId);
  const entry = { actor, action: 'roles.delete', target: { kind: 'role', id: roleId, name } };
  await auditRefusal(server, entry, () =>
    writePlant(server, epoch, async (tx) => {
      const role = await lockRole(tx, roleId);
      if (role.builtIn) throw new FiberkeepError('CONFLICT', { reason: 'builtInRoleStays' });
      assertHolds(permit, role.actions, { kind: 'role', name: role.name });
      await assertUnused(tx, role);
      await tx.role.delete({ where: { id: roleId } });
      await recordAudit(tx, { ...entry, outcome: 'DONE' });
    }),
  );
  return roleId;
}

async function assertUnused(tx: PlantTransaction, role: Role): Promise<void> {
  const people = await tx.user.count({ where: { roleId: role.id } });
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

/** Two changes of one role wait for each other; so does giving it to someone (its foreign key's lock). */
async function lockRole(tx: PlantTransaction, id: string): Promise<Role> {
  await tx.$queryRaw`SELECT id FROM plant.role WHERE id = ${id}::uuid FOR UPDATE`;
  return findRole(tx, id);
}

async function findRole(tx: PlantTransaction, id: string): Promise<Role> {
  const role = await tx.role.findUnique({ where: { id } });
  if (!role) throw notFound('role');
  return role;
}

async function writeRole(
  server: Server,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<Role>,
): Promise<Role> {
  try {
    return await writePlant(server, epoch, work);
  } catch (thrown) {
    if (isTaken(thrown)) throw validationError([{ path: 'input.name', reason: 'roleNameTaken' }]);
    throw thrown;
  }
}
