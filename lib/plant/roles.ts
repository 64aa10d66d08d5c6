import type { Role } from '#generated/plant/client.ts';
import type { PlantClient, PlantTransaction } from './client.ts';

export type { Role };

export const ADMINISTRATOR = 'Administrator';

export interface RoleSeed {
  readonly name: string;
  readonly actions: readonly string[];
}

/** Makes the built-in roles that are missing, and gives Administrator every action. Others stay as they are. */
export async function seedBuiltInRoles(
  db: PlantTransaction,
  seeds: readonly RoleSeed[],
  allActions: readonly string[],
): Promise<void> {
  await db.role.createMany({
    data: seeds.map(({ name, actions }) => ({ name, actions: [...actions], builtIn: true })),
    skipDuplicates: true,
  });
  await db.role.updateMany({
    where: { name: ADMINISTRATOR, NOT: { actions: { equals: [...allActions] } } },
    data: { actions: [...allActions], builtIn: true },
  });
}

/** Built-in ones first, then by name. */
export function listRoles(db: PlantClient): Promise<Role[]> {
  return db.role.findMany({ orderBy: [{ builtIn: 'desc' }, { name: 'asc' }] });
}

/** How many users each role has; roles without any are left out. */
export async function countUsers(db: PlantClient, roleIds: readonly string[]) {
  const counts = await db.user.groupBy({
    by: ['roleId'],
    where: { roleId: { in: [...roleIds] } },
    _count: true,
  });
  return new Map(counts.map((row) => [row.roleId, row._count]));
}

/**
 * Makes whoever changes administrators wait for one another, so that two changes, each harmless alone,
 * cannot together leave none.
 */
export async function lockAdministrators(tx: PlantTransaction): Promise<void> {
  await tx.$queryRaw`SELECT id FROM plant.role WHERE name = ${ADMINISTRATOR} FOR UPDATE`;
}

/** Users who are administrators and not disabled. */
export function countAdministrators(tx: PlantTransaction): Promise<number> {
  return tx.user.count({ where: { disabled: false, role: { name: ADMINISTRATOR } } });
}
