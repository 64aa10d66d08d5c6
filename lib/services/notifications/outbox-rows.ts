import { v7 as uuidv7 } from 'uuid';
import type { Failure } from '#errors';
import { type Notification, Prisma } from '#generated/vault/client.ts';
import type { VaultClient, VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';

export type NotificationRow = Notification;

export const EMAIL_WAY = 'email';

/** One message by one way, to be sent as soon as the transaction commits. */
export interface NewNotification {
  /** What happened: a second message of it by the same way is not written down. */
  readonly occurrence: string;
  /** `EMAIL_WAY`, or the id of a webhook. */
  readonly way: string;
  readonly event: string;
  readonly channel: 'EMAIL' | 'WEBHOOK';
  readonly target: string;
  readonly data: Prisma.InputJsonObject;
}

/** Puts messages into the outbox, in the transaction of what they tell of; answers their ids. */
export async function enqueueNotifications(
  tx: VaultTransaction,
  messages: readonly NewNotification[],
): Promise<string[]> {
  const rows = messages.map((message) => ({ id: uuidv7(), ...message }));
  await tx.notification.createMany({ data: rows, skipDuplicates: true });
  return rows.map(({ id }) => id);
}

/**
 * Takes the message that has been due longest, for `leaseMs`: no other worker takes it before, and a worker
 * that died leaves it to the next one after that. Null where none is due.
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

/** What a claim is known by: another worker's has another number. */
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

/** Writes down why an attempt failed: tried again after `retryMs`, given up where that is null. */
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

/** Gives a claim back whose attempt was broken off by a shutdown: it counts for nothing, and is due at once. */
export async function giveBack(db: VaultClient, claim: Claim): Promise<void> {
  await db.notification.updateMany({
    where: claimed(claim),
    data: { nextAttemptAt: new Date(0), attempts: { decrement: 1 } },
  });
}

/** The newest of `occurrences` that begin with one of these, or null. */
export async function newestOccurrence(
  tx: VaultTransaction,
  beginnings: readonly string[],
): Promise<string | null> {
  const newest = await tx.notification.findFirst({
    where: { OR: beginnings.map((startsWith) => ({ occurrence: { startsWith } })) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return newest?.occurrence ?? null;
}

/** Removes messages that ended before `before`; answers how many. */
export async function removeOldNotifications(db: VaultClient, before: Date): Promise<number> {
  const { count } = await db.notification.deleteMany({ where: { endedAt: { lt: before } } });
  return count;
}
