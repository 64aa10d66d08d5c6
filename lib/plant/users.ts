import type { Prisma, User } from '#generated/plant/client.ts';
import type { PlantClient, PlantTransaction } from './client.ts';

export type { User };

/** What deciding on a request takes, read in one statement so that a swap cannot come between. */
export interface Account {
  readonly id: string;
  readonly name: string;
  /** The language of the profile; null follows the browser. */
  readonly locale: string | null;
  readonly disabled: boolean;
  readonly roleName: string;
  readonly actions: string[];
}

/** E-mails are compared and kept like this. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
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

/** Those of `ids` that there are, by id. */
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

/** Up to `take` users by e-mail, after `afterEmail`; `search` looks anywhere in name and e-mail. */
export async function listUsers(
  db: PlantClient,
  page: { take: number; afterEmail: string | null; search: string },
): Promise<{ users: User[]; totalCount: number }> {
  const found = searchIn(page.search);
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

function searchIn(search: string): Prisma.UserWhereInput {
  if (search === '') return {};
  const contains = { contains: search.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  return { OR: [{ name: contains }, { email: contains }] };
}
