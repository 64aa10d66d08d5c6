import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { publish } from '#events/channel.ts';
import type { Session } from '#generated/vault/client.ts';
import type { SqlRunner, VaultClient, VaultTransaction } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const TOKEN_BYTES = 32;
const MAX_USER_AGENT_CHARS = 300;
/** Uses within this time are written once, so that most reads cost no write. */
const TOUCH_MS = 5 * 60 * 1000;

export type { Session };

/** How long a session lives: at most `days`, and `idleDays` without use. */
export interface SessionLife {
  readonly days: number;
  readonly idleDays: number;
}

function endOf({ days, idleDays }: SessionLife, createdAt: Date, now: Date): Date {
  return new Date(Math.min(createdAt.getTime() + days * DAY_MS, now.getTime() + idleDays * DAY_MS));
}

/** SHA-256 of a token: a reader of the table cannot sign in with it. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/** 256 random bits in base64url, for a cookie or a link. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Opens a session for a user. The token is answered once and stored nowhere. */
export async function createSession(
  db: VaultTransaction,
  session: { userId: string; address: string; userAgent: string },
  life: SessionLife,
): Promise<{ id: string; token: string }> {
  const token = newToken();
  const now = new Date();
  const { id } = await db.session.create({
    data: {
      id: uuidv7(),
      tokenHash: hashToken(token),
      userId: session.userId,
      address: session.address,
      userAgent: session.userAgent.slice(0, MAX_USER_AGENT_CHARS),
      createdAt: now,
      expiresAt: endOf(life, now, now),
    },
  });
  return { id, token };
}

const live = () => ({ revokedAt: null, expiresAt: { gt: new Date() } });

/**
 * The session that a token opens; null where there was none, or it was revoked or has ended. Each use
 * puts its end off, within its whole life.
 */
export async function findSession(
  db: VaultClient,
  token: string,
  life: SessionLife,
): Promise<Session | null> {
  const session = await db.session.findUnique({
    where: { tokenHash: hashToken(token), ...live() },
  });
  const now = new Date();
  if (!session || now.getTime() - session.lastSeenAt.getTime() < TOUCH_MS) return session;
  // A revocation in between stays: only an open session is moved.
  await db.session.updateMany({
    where: { id: session.id, ...live() },
    data: { lastSeenAt: now, expiresAt: endOf(life, session.createdAt, now) },
  });
  return session;
}

/** Whether the session is still open. */
export async function isSessionOpen(db: VaultClient, id: string): Promise<boolean> {
  return (await db.session.findUnique({ where: { id, ...live() }, select: { id: true } })) !== null;
}

/** Notes that the person has just given their password in this session. */
export async function markPasswordGiven(db: VaultTransaction, id: string): Promise<void> {
  await db.session.updateMany({ where: { id }, data: { passwordAt: new Date() } });
}

/** The open sessions of a user, newest first. */
export function listSessions(db: VaultTransaction, userId: string): Promise<Session[]> {
  return db.session.findMany({
    where: { userId, ...live() },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** Ends one session of a user and its open streams. False where the user has no such open session. */
export async function revokeSession(
  db: VaultTransaction,
  userId: string,
  id: string,
): Promise<boolean> {
  const { count } = await db.session.updateMany({
    where: { id, userId, ...live() },
    data: { revokedAt: new Date() },
  });
  if (count === 1) await publish(db, { kind: 'ACCESS_CHANGED', id: userId });
  return count === 1;
}

/** Ends every session of a user but `exceptId`, and their open streams. Answers how many ended. */
export async function revokeSessionsOf(
  db: SqlRunner,
  userId: string,
  exceptId: string | null = null,
): Promise<number> {
  const ended = await db.$executeRaw`
    UPDATE vault.session SET revoked_at = now()
    WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND id IS DISTINCT FROM ${exceptId}::uuid`;
  await publish(db, { kind: 'ACCESS_CHANGED', id: userId });
  return ended;
}

/** Removes ended sessions. Answers how many. */
export async function removeEndedSessions(db: VaultTransaction): Promise<number> {
  const { count } = await db.session.deleteMany({
    where: { OR: [{ expiresAt: { lte: new Date() } }, { revokedAt: { not: null } }] },
  });
  return count;
}
