import { v7 as uuidv7 } from 'uuid';
import type { Failure } from '#errors';
import { type Notification, Prisma } from '#generated/vault/client.ts';
import type { VaultClient, VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { latestDate } from '../backups/newest-rows.ts';
import { newestFirst, olderThan } from '../page.ts';

export type NotificationRow = Notification;

export const EMAIL_WAY = 'email';

/** One message to one receiver, sent as soon as the transaction commits. */
export interface NewNotification {
  /** What happened: a second message about it to the same receiver is not entered. */
  readonly occurrence: string;
  /** `EMAIL_WAY`, or the id of a webhook. */
  readonly way: string;
  readonly event: string;
  readonly channel: 'EMAIL' | 'WEBHOOK';
  readonly target: string;
  readonly data: Prisma.InputJsonObject;
}

/** Puts messages into the outbox, in the transaction of the event they report; returns their ids. */
export async function enqueueNotifications(
  tx: VaultTransaction,
  messages: readonly NewNotification[],
): Promise<string[]> {
  const rows = messages.map((message) => ({ id: uuidv7(), ...message }));
  await tx.notification.createMany({ data: rows, skipDuplicates: true });
  return rows.map(({ id }) => id);
}

/**
 * Claims the message that has been due longest, for `leaseMs`. No other worker can claim it meanwhile; if this one
 * dies, another can afterwards. Null if none is due.
 */
export async function claimNotification(
  db: VaultClient,
  leaseMs: number,
): Promise<NotificationRow | null> {
  const [claimed] = await db.$queryRaw<{ id: string }[]>`
    UPDATE vault.notification
       SET attempts = attempts + 1,
           next_attempt_at = now() + make_interval(secs => ${leaseMs / 1000}::float8)
     WHERE id = (SELECT id FROM vault.notification
                  WHERE status = 'PENDING' AND next_attempt_at <= now()
                  ORDER BY next_attempt_at LIMIT 1
                    FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  return claimed ? db.notification.findUnique({ where: { id: claimed.id } }) : null;
}

/** Identifies a claim: each claim of a message has its own number of attempts. */
type Claim = Pick<NotificationRow, 'id' | 'attempts'>;

const claimed = ({ id, attempts }: Claim) => ({ id, attempts, status: 'PENDING' });

export async function markDelivered(db: VaultClient, claim: Claim): Promise<void> {
  await db.notification.updateMany({
    where: claimed(claim),
    data: {
      status: 'DELIVERED',
      nextAttemptAt: null,
      endedAt: new Date(),
      error: Prisma.DbNull,
    },
  });
}

/** Records why an attempt failed. The message is tried again after `retryMs`, or given up if that is null. */
export async function markFailed(
  db: VaultClient,
  claim: Claim,
  failure: Failure,
  retryMs: number | null,
): Promise<void> {
  const end =
    retryMs === null
      ? { status: 'FAILED', nextAttemptAt: null, endedAt: new Date() }
      : { nextAttemptAt: new Date(Date.now() + retryMs) };
  await db.notification.updateMany({
    where: claimed(claim),
    data: { ...end, error: failureColumn(failure) },
  });
}

/** Returns a claim that a shutdown interrupted: the attempt does not count, and the message is due at once. */
export async function giveBack(db: VaultClient, claim: Claim): Promise<void> {
  await db.notification.updateMany({
    where: claimed(claim),
    data: { nextAttemptAt: new Date(0), attempts: { decrement: 1 } },
  });
}

/** One page of the notifications after the cursor `after`, newest first, and how many there are. */
export async function findNotifications(
  db: VaultTransaction,
  after: string | null | undefined,
  most: number,
): Promise<{ readonly rows: NotificationRow[]; readonly totalCount: number }> {
  const [rows, totalCount] = await Promise.all([
    db.notification.findMany({ where: olderThan(after), orderBy: newestFirst, take: most }),
    db.notification.count(),
  ]);
  return { rows, totalCount };
}

export function notificationById(
  db: VaultTransaction,
  id: string,
): Promise<NotificationRow | null> {
  return db.notification.findUnique({ where: { id } });
}

/** Those of these ids, newest first. */
export function notificationsByIds(
  db: VaultTransaction,
  ids: readonly string[],
): Promise<NotificationRow[]> {
  return db.notification.findMany({ where: { id: { in: [...ids] } }, orderBy: newestFirst });
}

/** The newest occurrence that begins with one of these; null if there is none. One of a clock ahead is none. */
export async function newestOccurrence(
  tx: VaultTransaction,
  beginnings: readonly string[],
): Promise<string | null> {
  const newest = await tx.notification.findFirst({
    where: {
      createdAt: { lte: latestDate(new Date()) },
      OR: beginnings.map((startsWith) => ({ occurrence: { startsWith } })),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return newest?.occurrence ?? null;
}

/** Deletes messages that ended before `before`; returns how many. */
export async function removeOldNotifications(db: VaultClient, before: Date): Promise<number> {
  const { count } = await db.notification.deleteMany({ where: { endedAt: { lt: before } } });
  return count;
}
