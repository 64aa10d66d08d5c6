import type { Prisma } from '#generated/vault/client.ts';
import { type ApiKeyRow, liveKeys } from '#vault/api-keys.ts';
import type { SqlRunner, VaultClient, VaultTransaction } from '#vault/client.ts';
import { hashToken, newToken } from '#vault/sessions.ts';
import { newestFirst, olderThan } from '../page.ts';

/**
 * Makes the token of the set-up link, valid until it is used. Older unused tokens end, unless `keepOlder`: a person
 * is in the middle of something with one of them.
 */
export async function replaceSetupToken(
  db: VaultClient,
  { keepOlder = false }: { keepOlder?: boolean } = {},
): Promise<string> {
  const token = newToken();
  await db.$transaction(async (tx) => {
    if (!keepOlder) await tx.setupToken.deleteMany({ where: { usedAt: null } });
    await tx.setupToken.create({ data: { tokenHash: hashToken(token) } });
  });
  return token;
}

/** Whether it is the token of a set-up link that was not used yet; `spent`: or was. */
export async function isSetupToken(
  db: VaultTransaction,
  token: string,
  { spent }: { readonly spent: boolean },
): Promise<boolean> {
  const found = await db.setupToken.findUnique({ where: { tokenHash: hashToken(token) } });
  return found !== null && (spent || found.usedAt === null);
}

/** Whether somebody began to recover a lost server into this one, and it has not ended. */
export async function isRecoveryUnderWay(db: SqlRunner): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT id FROM vault.recovery WHERE ended_at IS NULL`;
  return rows.length > 0;
}

/** Uses the token up. False where it is unknown, replaced or used already. */
export async function spendSetupToken(db: SqlRunner, token: string): Promise<boolean> {
  const used = await db.$executeRaw`
    UPDATE vault.setup_token SET used_at = now()
    WHERE token_hash = ${hashToken(token)} AND used_at IS NULL`;
  return used === 1;
}

/**
 * The newest API keys after the cursor `after`, at most `take`, and how many there are. `active`: only live
 * ones. Throws VALIDATION_FAILED.
 */
export async function pageOfApiKeys(
  db: VaultClient,
  { take, after, active }: { take: number; after?: string | null; active: boolean },
): Promise<{ keys: ApiKeyRow[]; totalCount: number }> {
  const found: Prisma.ApiKeyWhereInput = active ? liveKeys() : {};
  const [keys, totalCount] = await Promise.all([
    db.apiKey.findMany({
      where: { AND: [found, olderThan(after)] },
      orderBy: newestFirst,
      take,
    }),
    db.apiKey.count({ where: found }),
  ]);
  return { keys, totalCount };
}
