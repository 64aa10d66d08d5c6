import type { Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { NotificationData, Occurrence } from './notification-kinds.ts';
import { EMAIL_WAY, enqueueNotifications, type NewNotification } from './outbox-rows.ts';
import { listWebhooks, readNotificationSettings } from './settings-rows.ts';

type Way = Pick<NewNotification, 'way' | 'channel' | 'target'>;

/**
 * Queues a message for each e-mail and webhook, in the transaction of the occurrence: a rollback sends nothing.
 * An occurrence that was notified before is not notified again.
 */
export async function notify(tx: VaultTransaction, occurrence: Occurrence): Promise<void> {
  const settings = await readNotificationSettings(tx);
  if (!settings?.events.includes(occurrence.event)) return;
  const ways = [...emailWays(settings), ...(await webhookWays(tx))];
  await enqueueNotifications(
    tx,
    ways.map((way) => ({ ...way, ...occurrence, data: asJson(occurrence.data) })),
  );
}

/** The e-mail, if one is set up. */
export function emailWays(
  settings: { readonly mailHost: string | null; readonly mailTo: readonly string[] } | null,
): Way[] {
  if (!settings?.mailHost) return [];
  return [{ way: EMAIL_WAY, channel: 'EMAIL', target: settings.mailTo.join(', ') }];
}

/** Every webhook. */
export async function webhookWays(tx: VaultTransaction): Promise<Way[]> {
  const webhooks = await listWebhooks(tx);
  return webhooks.map(({ id, url }) => ({ way: id, channel: 'WEBHOOK', target: url }));
}

export function asJson(data: NotificationData[keyof NotificationData]): Prisma.InputJsonObject {
  return { ...data } as Prisma.InputJsonObject;
}
