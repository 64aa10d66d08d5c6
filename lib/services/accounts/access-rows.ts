import type { Prisma } from '#generated/vault/client.ts';
import { type ApiKeyRow, liveKeys } from '#vault/api-keys.ts';
import type { SqlRunner, VaultClient } from '#vault/client.ts';
import { hashToken, newToken } from '#vault/sessions.ts';
import { newestFirst, olderThan } from '../page.ts';

/** Makes the token of the set-up link, valid until it is used. Older unused tokens end. */
export async function replaceSetupToken(db: VaultClient): Promise<string> {
  const token = newToken();
  await db.$transaction([
    db.setupToken.deleteMany({ where: { usedAt: null } }),
    db.setupToken.create({ data: { tokenHash: hashToken(token) } }),
  ]);
  return token;
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
