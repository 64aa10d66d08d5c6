import type { SqlRunner, VaultClient } from '#vault/client.ts';
import { hashToken, newToken } from '#vault/sessions.ts';

/** Makes the one token of the set-up link, good until it is used; an older unused one ends. */
export async function replaceSetupToken(db: VaultClient): Promise<string> {
  const token = newToken();
  await db.$transaction([
    db.setupToken.deleteMany({ where: { usedAt: null } }),
    db.setupToken.create({ data: { tokenHash: hashToken(token) } }),
  ]);
  return token;
}

/** Uses the token up; false where it is unknown, was replaced or is used already. */
export async function spendSetupToken(db: SqlRunner, token: string): Promise<boolean> {
  const used = await db.$executeRaw`
    UPDATE vault.setup_token SET used_at = now()
    WHERE token_hash = ${hashToken(token)} AND used_at IS NULL`;
  return used === 1;
}
