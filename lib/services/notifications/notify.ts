import type { Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { News, NewsData } from './notification-kinds.ts';
import { EMAIL_WAY, enqueueNotifications, type NewNotification } from './outbox-rows.ts';
import { listWebhooks, readNotificationSettings } from './settings-rows.ts';

type Way = Pick<NewNotification, 'way' | 'channel' | 'target'>;

/**
 * Tells whoever is to hear of it, in the transaction of what happened: the messages are sent when it commits,
 * and none is when it does not. What was told once is not told again.
 */
export async function notify(tx: VaultTransaction, news: News): Promise<void> {
  const settings = await readNotificationSettings(tx);
  if (!settings?.events.includes(news.event)) return;
  const ways = [...emailWays(settings), ...(await webhookWays(tx))];
  await enqueueNotifications(
    tx,
    ways.map((way) => ({ ...way, ...news, data: asJson(news.data) })),
  );
}

/** The e-mail, where one is set up. */
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

export function asJson(data: NewsData[keyof NewsData]): Prisma.InputJsonObject {
  return { ...data } as Prisma.InputJsonObject;
}
