import { Prisma, type Role, type User } from '#generated/plant/client.ts';
import type { PlantClient, PlantTransaction } from '#plant/client.ts';
import { compareNames } from '#text';
import type { SqlRunner } from '#vault/client.ts';
import { anywhere } from '../page.ts';

import { administrator, builtInRoles, isBuiltIn } from './built-in-roles.ts';

export type { Role, User };
export type UserWithRole = User & { readonly role: Role };

/** What permits are decided by, read in one statement so that no swap comes between. */
export interface Account {
  readonly id: string;
  readonly name: string;
  /** The language of the profile; null follows the browser. */
  readonly locale: string | null;
  readonly disabled: boolean;
  readonly roleName: string;
  readonly actions: string[];
}

/** Null where there is no such user. */
export async function findAccount(db: PlantTransaction, id: string): Promise<Account | null> {
  return (await findAccounts(db, [id])).get(id) ?? null;
}

/** The hash of a user's password; null where there is no such user. */
export async function findPasswordHash(db: PlantTransaction, id: string): Promise<string | null> {
  const user = await db.user.findUnique({ where: { id }, select: { passwordHash: true } });
  return user?.passwordHash ?? null;
}

/** The accounts of these ids, by id; those that there are. */
export async function findAccounts(
  db: PlantTransaction,
  ids: readonly string[],
): Promise<Map<string, Account>> {
  const accounts = await db.$queryRaw<Account[]>`
    SELECT u.id, u.name, u.locale, u.disabled, r.name AS "roleName", r.actions
    FROM plant.user_account u JOIN plant.role r ON r.id = u.role_id
    WHERE u.id = ANY (${ids}::uuid[])`;
  return new Map(accounts.map((account) => [account.id, account]));
}

/** Up to `take` users by e-mail, after `afterEmail`; `search` (as `foldName` has it) looks anywhere in name and e-mail. */
export async function pageOfUsers(
  db: PlantClient,
  page: { take: number; afterEmail: string | null; search: string },
): Promise<{ users: User[]; totalCount: number }> {
  const found = await searchIn(db, page.search);
  const [users, totalCount] = await Promise.all([
    db.user.findMany({
      where: { AND: [found, page.afterEmail === null ? {} : { email: { gt: page.afterEmail } }] },
      orderBy: { email: 'asc' },
      take: page.take,
    }),
    db.user.count({ where: found }),
  ]);
  return { users, totalCount };
}

async function searchIn(db: PlantClient, search: string): Promise<Prisma.UserWhereInput> {
  if (search === '') return {};
  const [name, email] = [Prisma.raw('name COLLATE "C"'), Prisma.raw('email COLLATE "C"')];
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM plant.user_account
     WHERE plant.fold_name(${name}) LIKE ${anywhere(search)} OR plant.fold_name(${email}) LIKE ${anywhere(search)}`;
  return { id: { in: found.map(({ id }) => id) } };
}

/** The names of these accounts by id; those that there are. */
export async function findNames(
  db: PlantTransaction,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const people = await db.user.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true },
  });
  return new Map(people.map(({ id, name }) => [id, name]));
}

export function findUser(db: PlantTransaction, id: string): Promise<UserWithRole | null> {
  return db.user.findUnique({ where: { id }, include: { role: true } });
}

/** `email`: as `normalizeEmail` has it. */
export function findUserByEmail(db: PlantTransaction, email: string): Promise<User | null> {
  return db.user.findUnique({ where: { email } });
}

export async function hasUsers(db: PlantTransaction): Promise<boolean> {
  return (await db.user.findFirst({ select: { id: true } })) !== null;
}

export function insertUser(
  tx: PlantTransaction,
  data: Prisma.UserUncheckedCreateInput,
): Promise<User> {
  return tx.user.create({ data });
}

export function updateUserRow(
  tx: PlantTransaction,
  id: string,
  data: Prisma.UserUncheckedUpdateInput,
): Promise<User> {
  return tx.user.update({ where: { id }, data });
}

export async function deleteUserRow(tx: PlantTransaction, id: string): Promise<void> {
  await tx.user.delete({ where: { id } });
}

/**
 * Makes the missing built-in roles, and gives Administrator every action. A role of another id that has the name
 * of a missing one is renamed. Changes no other role.
 */
export async function seedBuiltInRoles(db: PlantTransaction): Promise<void> {
  for (const { id, name, actions } of builtInRoles) {
    await db.$executeRaw`
      UPDATE plant.role SET name = name || ' (' || right(id::text, 8) || ')'
       WHERE name = ${name} AND NOT EXISTS (SELECT FROM plant.role WHERE id = ${id}::uuid)`;
    await db.role.createMany({ data: { id, name, actions: [...actions] }, skipDuplicates: true });
  }
  const all = [...administrator.actions];
  await db.role.updateMany({
    where: { id: administrator.id, NOT: { actions: { equals: all } } },
    data: { actions: all },
  });
}

/** Built-in ones first, then by name. */
export async function readRoles(db: PlantTransaction): Promise<Role[]> {
  const roles = await db.role.findMany();
  return roles.sort(
    (a, b) => Number(isBuiltIn(b)) - Number(isBuiltIn(a)) || compareNames(a.name, b.name),
  );
}

/** How many users each role has; roles without any are left out. */
export async function countUsers(db: PlantTransaction, roleIds: readonly string[]) {
  const counts = await db.user.groupBy({
    by: ['roleId'],
    where: { roleId: { in: [...roleIds] } },
    _count: true,
  });
  return new Map(counts.map((row) => [row.roleId, row._count]));
}

/**
 * Makes changes of administrators wait for one another: two changes, each harmless alone, could otherwise
 * leave none.
 */
export async function lockAdministrators(tx: SqlRunner): Promise<void> {
  await tx.$queryRaw`SELECT id FROM plant.role WHERE id = ${administrator.id}::uuid FOR UPDATE`;
}

/** Users who are administrators and not disabled. */
export function countAdministrators(tx: PlantTransaction): Promise<number> {
  return tx.user.count({ where: { disabled: false, roleId: administrator.id } });
}

export function findRole(db: PlantTransaction, id: string): Promise<Role | null> {
  return db.role.findUnique({ where: { id } });
}

/** The roles of these ids, in any order; those that there are. */
export function findRolesById(db: PlantTransaction, ids: readonly string[]): Promise<Role[]> {
  return db.role.findMany({ where: { id: { in: [...ids] } } });
}

/**
 * Locks the role until the transaction ends; null where there is none. Two changes of one role wait for each
 * other, and so does giving it to somebody (by the lock of the foreign key).
 */
export async function lockRole(tx: PlantTransaction, id: string): Promise<Role | null> {
  await tx.$queryRaw`SELECT id FROM plant.role WHERE id = ${id}::uuid FOR UPDATE`;
  return findRole(tx, id);
}

/** Makes others who name a role wait, until the transaction ends. */
export async function lockRoleNames(tx: PlantTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: role names', 0))`;
}

export function insertRole(
  tx: PlantTransaction,
  data: Prisma.RoleUncheckedCreateInput,
): Promise<Role> {
  return tx.role.create({ data });
}

export function updateRoleRow(
  tx: PlantTransaction,
  id: string,
  data: Prisma.RoleUncheckedUpdateInput,
): Promise<Role> {
  return tx.role.update({ where: { id }, data });
}

export async function deleteRoleRow(tx: PlantTransaction, id: string): Promise<void> {
  await tx.role.delete({ where: { id } });
}
