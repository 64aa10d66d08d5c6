import type { SqlRunner } from '#vault/client.ts';

/** What somebody may do at this moment. */
export interface Held {
  readonly actions: string[];
  /** When this session's password was last given; null for an API key. */
  readonly passwordAt: Date | null;
}

/** What every change of access locks first, and nothing else: two of them would otherwise wait for each other. */
const ACCESS_LOCK = 'fiberkeep/access/v1';

/** Makes changes of accounts, roles, sessions and keys wait for one another, until the transaction ends. */
export async function lockAccess(tx: SqlRunner): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${ACCESS_LOCK}, 0))`;
}

/**
 * What the owner of an open session may do; null where it, or the account, is open no more. The rows stay as
 * they are until the transaction ends: whoever ends the session waits.
 */
export async function lockSessionAuthority(
  tx: SqlRunner,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string },
): Promise<Held | null> {
  const read = () => tx.$queryRaw<Held[]>`
    SELECT r.actions, s.password_at AS "passwordAt"
      FROM vault.session s
      JOIN plant.user_account u ON u.id = s.user_id
      JOIN plant.role r ON r.id = u.role_id
     WHERE s.id = ${sessionId}::uuid AND s.user_id = ${userId}::uuid
       AND s.revoked_at IS NULL AND s.expires_at > now() AND NOT u.disabled
       FOR SHARE`;
  return twice(read);
}

/** As `lockSessionAuthority`, for an API key: its actions that its owner still has. */
export async function lockKeyAuthority(
  tx: SqlRunner,
  { keyId, userId }: { readonly keyId: string; readonly userId: string },
): Promise<Held | null> {
  const read = () => tx.$queryRaw<Held[]>`
    SELECT ARRAY(SELECT unnest(k.actions) INTERSECT SELECT unnest(r.actions)) AS actions, NULL AS "passwordAt"
      FROM vault.api_key k
      JOIN plant.user_account u ON u.id = k.owner_id
      JOIN plant.role r ON r.id = u.role_id
     WHERE k.id = ${keyId}::uuid AND k.owner_id = ${userId}::uuid
       AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()) AND NOT u.disabled
       FOR SHARE OF k, u, r`;
  return twice(read);
}

/**
 * Reads again where nothing came: a row that changed while the statement waited for it drops out of the join,
 * although its new version may fit.
 */
async function twice(read: () => Promise<Held[]>): Promise<Held | null> {
  const [first] = await read();
  return first ?? (await read())[0] ?? null;
}
