import { v7 as uuidv7 } from 'uuid';
import type { Author } from '#engine/ports.ts';
import { publish } from '#events/channel.ts';
import type { ApiKey, Prisma } from '#generated/vault/client.ts';
import { authorColumns } from './actor.ts';
import type { SqlRunner, VaultClient, VaultTransaction } from './client.ts';
import { hashToken, newToken } from './sessions.ts';

export type ApiKeyRow = ApiKey;

export const KEY_PREFIX = 'fbk_';
/** The prefix and 256 bits in base64url (RFC 4648 §5). */
const WHOLE_KEY = /^fbk_[A-Za-z0-9_-]{43}$/;
const SHOWN_CHARS = 4;
/** Uses within this time are written once, so that most calls cost no write. */
const TOUCH_MS = 60 * 1000;

interface Person {
  readonly id: string;
  readonly name: string;
}

export interface NewApiKey {
  readonly name: string;
  readonly owner: Person;
  readonly actions: readonly string[];
  readonly expiresAt: Date | null;
}

/** Makes a key. The secret is answered once and stored nowhere. */
export async function createApiKey(
  db: VaultTransaction,
  { name, owner, actions, expiresAt }: NewApiKey,
): Promise<{ apiKey: ApiKeyRow; secret: string }> {
  const secret = `${KEY_PREFIX}${newToken()}`;
  const apiKey = await db.apiKey.create({
    data: {
      id: uuidv7(),
      name,
      secretHash: hashToken(secret),
      lastFour: secret.slice(-SHOWN_CHARS),
      ownerId: owner.id,
      ownerName: owner.name,
      actions: [...actions],
      expiresAt,
    },
  });
  return { apiKey, secret };
}

/** The key with this secret, ended ones too; null where there never was one. */
export async function findApiKey(db: VaultClient, secret: string): Promise<ApiKeyRow | null> {
  if (!WHOLE_KEY.test(secret)) return null;
  return db.apiKey.findUnique({ where: { secretHash: hashToken(secret) } });
}

export function getApiKey(db: VaultTransaction, id: string): Promise<ApiKeyRow | null> {
  return db.apiKey.findUnique({ where: { id } });
}

/** Whether the key itself is neither revoked nor expired; its owner is checked elsewhere. */
export function isLive(key: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>, now = Date.now()): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt.getTime() > now);
}

/** The keys for which `isLive` is true. */
export function liveKeys(): Prisma.ApiKeyWhereInput {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] };
}

/** Writes down that a key was used and from where, at most once a minute. */
export async function touchApiKey(db: VaultClient, key: ApiKeyRow, address: string): Promise<void> {
  const now = Date.now();
  if (key.lastUsedAt && now - key.lastUsedAt.getTime() < TOUCH_MS) return;
  await db.apiKey.updateMany({
    where: {
      id: key.id,
      OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: new Date(now - TOUCH_MS) } }],
    },
    data: { lastUsedAt: new Date(now), lastUsedFrom: address },
  });
}

/** Revokes a key and ends its open streams, in every process. False where it was revoked before. */
export async function revokeApiKey(
  tx: VaultTransaction,
  key: ApiKeyRow,
  by: Author,
): Promise<boolean> {
  const { count } = await tx.apiKey.updateMany({
    where: { id: key.id, revokedAt: null },
    data: { revokedAt: new Date(), ...authorColumns('revokedBy', by) },
  });
  if (count > 0) await publish(tx, { kind: 'ACCESS_CHANGED', id: key.ownerId });
  return count > 0;
}

/** Revokes every key of a user, in a transaction of either plane. */
export async function revokeApiKeysOf(db: SqlRunner, ownerId: string, by: Author): Promise<void> {
  await db.$executeRaw`
    UPDATE vault.api_key
       SET revoked_at = now(), revoked_by_kind = ${by.kind}, revoked_by_id = ${by.id}::uuid, revoked_by_name = ${by.name}
     WHERE owner_id = ${ownerId}::uuid AND revoked_at IS NULL`;
}
