import { notFound, validationError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { revokeApiKeysOf } from '#vault/api-keys.ts';
import { recordAudit } from '#vault/audit.ts';
import { revokeSessionsOf } from '#vault/sessions.ts';
import type { Authority } from '../authority.ts';
import { isTaken } from '../is-taken.ts';
import { decodeCursor, encodeCursor, type Page, pageOf, pageSize, searchText } from '../page.ts';
import type { Caller, InPerson, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { readPlant, writePlant } from '../write-plant.ts';
import { checkId, Fields } from './account-fields.ts';
import {
  deleteUserRow,
  findRole,
  findUser,
  insertUser,
  lockAdministrators,
  pageOfUsers,
  type Role,
  type User,
  type UserWithRole,
  updateUserRow,
} from './account-rows.ts';
import {
  assertAdministratorLeft,
  assertHolds,
  auditRefusal,
  isActiveAdministrator,
} from './grants.ts';
import { hashPassword } from './passwords.ts';

export type { User };

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly roleId: string;
}

/** Fields that are left out or null stay as they are. */
export type UserChanges = { readonly [K in keyof NewUser]?: NewUser[K] | null } & {
  readonly disabled?: boolean | null;
};

interface ListInput {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly search?: string | null;
}

/** Users in order of e-mail. */
export async function listUsers(
  server: Server,
  _permit: Permit<'users.manage'>,
  input: ListInput,
): Promise<Page<User>> {
  const size = pageSize(input.first, 50);
  const [afterEmail = null] = decodeCursor(input.after, 1) ?? [];
  const search = searchText(input.search);
  const { users, totalCount } = await readPlant(server, (db) =>
    pageOfUsers(db, { take: size + 1, afterEmail, search }),
  );
  return pageOf(users, size, totalCount);
}

export function userCursor(user: User): string {
  return encodeCursor(user.email);
}

/** Makes a user. Throws FORBIDDEN where the role may do more than the actor. */
export async function createUser(
  server: Server,
  permit: InPerson<'users.manage'>,
  input: NewUser,
  epoch: bigint | null,
): Promise<User> {
  const fields = new Fields();
  const email = fields.email('input.email', input.email);
  const name = fields.name('input.name', input.name);
  fields.password('input.password', input.password, email);
  fields.check();
  const passwordHash = await hashPassword(input.password);
  const { actor } = permit;
  const target = { kind: 'user', id: '', name };
  return auditRefusal(server, { actor, action: 'users.create', target }, () =>
    writeUser(server, permit, epoch, async (tx, now) => {
      const role = await getRole(tx, input.roleId);
      assertHolds(now, role.actions, { kind: 'role', name: role.name });
      const user = await insertUser(tx, {
        email,
        name,
        passwordHash,
        roleId: role.id,
        createdById: actor.id,
        updatedById: actor.id,
      });
      await recordAudit(tx, {
        actor,
        action: 'users.create',
        target: { ...target, id: user.id },
        outcome: 'DONE',
        detail: { role: role.name },
      });
      return user;
    }),
  );
}

/**
 * Changes a user. Ends their sessions (except the actor's own) when the password or role changes or the
 * account is disabled. Throws FORBIDDEN where the user or the new role may do more than the actor, and
 * CONFLICT where no administrator would be left.
 */
export async function updateUser(
  server: Server,
  permit: InPerson<'users.manage'>,
  id: string,
  input: UserChanges,
  epoch: bigint | null,
): Promise<User> {
  const userId = checkId(id, 'user');
  const before = await getUser(server.plant, userId);
  const checked = checkChanges(input, before.email);
  const password = input.password == null ? null : await hashPassword(input.password);
  const target = { kind: 'user', id: userId, name: before.name };
  return auditRefusal(server, { actor: permit.actor, action: 'users.update', target }, () =>
    writeUser(server, permit, epoch, (tx, now) =>
      applyChanges(tx, now, userId, { ...checked, ...(password && { passwordHash: password }) }),
    ),
  );
}

type CheckedChanges = Partial<
  Pick<User, 'email' | 'name' | 'passwordHash' | 'roleId' | 'disabled'>
>;

function checkChanges(input: UserChanges, currentEmail: string): CheckedChanges {
  const fields = new Fields();
  const email = input.email == null ? null : fields.email('input.email', input.email);
  const name = input.name == null ? null : fields.name('input.name', input.name);
  if (input.password != null)
    fields.password('input.password', input.password, email ?? currentEmail);
  fields.check();
  return {
    ...(email !== null && { email }),
    ...(name !== null && { name }),
    ...(input.roleId != null && { roleId: input.roleId }),
    ...(input.disabled != null && { disabled: input.disabled }),
  };
}

async function applyChanges(
  tx: PlantTransaction,
  actor: Caller,
  id: string,
  changes: CheckedChanges,
): Promise<User> {
  await lockAdministrators(tx);
  const before = await getUser(tx, id);
  assertHolds(actor, before.role.actions, { kind: 'user', name: before.name });
  const role = changes.roleId === undefined ? before.role : await getRole(tx, changes.roleId);
  assertHolds(actor, role.actions, { kind: 'role', name: role.name });
  const values = { ...changes, roleId: role.id, updatedById: actor.id };
  const user = await updateUserRow(tx, id, values);
  if (isActiveAdministrator(before)) await assertAdministratorLeft(tx);
  if (changes.passwordHash || role.id !== before.roleId || (user.disabled && !before.disabled))
    await revokeSessionsOf(tx, id, user.disabled ? null : actor.sessionId);
  await recordAudit(tx, {
    actor,
    action: 'users.update',
    target: { kind: 'user', id, name: user.name },
    outcome: 'DONE',
    detail: describeChanges(before, user, role),
  });
  return user;
}

function describeChanges(before: UserWithRole, after: User, role: Role) {
  return {
    ...(before.email !== after.email && { email: { from: before.email, to: after.email } }),
    ...(before.name !== after.name && { name: { from: before.name, to: after.name } }),
    ...(before.passwordHash !== after.passwordHash && { password: 'changed' }),
    ...(before.roleId !== role.id && { role: { from: before.role.name, to: role.name } }),
    ...(before.disabled !== after.disabled && { disabled: after.disabled }),
  };
}

/** Deletes a user. Throws FORBIDDEN where they may do more than the actor, CONFLICT for the last administrator. */
export async function deleteUser(
  server: Server,
  permit: InPerson<'users.manage'>,
  id: string,
  epoch: bigint | null,
): Promise<string> {
  const userId = checkId(id, 'user');
  const { actor } = permit;
  const { name } = await getUser(server.plant, userId);
  const entry = { actor, action: 'users.delete', target: { kind: 'user', id: userId, name } };
  await auditRefusal(server, entry, () =>
    writeUser(server, permit, epoch, async (tx, now) => {
      await lockAdministrators(tx);
      const user = await getUser(tx, userId);
      assertHolds(now, user.role.actions, { kind: 'user', name: user.name });
      await deleteUserRow(tx, userId);
      if (isActiveAdministrator(user)) await assertAdministratorLeft(tx);
      await revokeSessionsOf(tx, userId);
      await revokeApiKeysOf(tx, userId, actor);
      await recordAudit(tx, { ...entry, outcome: 'DONE', detail: { email: user.email } });
    }),
  );
  return userId;
}

async function getUser(tx: PlantTransaction, id: string): Promise<UserWithRole> {
  const user = await findUser(tx, id);
  if (!user) throw notFound('user');
  return user;
}

async function getRole(tx: PlantTransaction, id: string): Promise<Role> {
  const role = await findRole(tx, checkId(id, 'role'));
  if (!role) throw notFound('role');
  return role;
}

/** Writes a user. Throws VALIDATION_FAILED for an e-mail that somebody else has. */
async function writeUser<T>(
  server: Server,
  by: Authority,
  epoch: bigint | null,
  work: (tx: PlantTransaction, now: Caller) => Promise<T>,
): Promise<T> {
  try {
    const hold = { changesAccess: true, needsPassword: true };
    return await writePlant(server, by, epoch, work, hold);
  } catch (thrown) {
    if (isTaken(thrown)) throw validationError([{ path: 'input.email', reason: 'emailTaken' }]);
    throw thrown;
  }
}
