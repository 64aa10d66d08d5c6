import { v7 as uuidv7 } from 'uuid';
import type { Author } from '#engine/ports.ts';
import type { NotificationSettings, Prisma, Webhook } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type NotificationSettingsRow = NotificationSettings;
export type WebhookRow = Webhook;

/** Bytes as Prisma takes them. */
export type Sealed = Uint8Array<ArrayBuffer>;

/** Null until somebody sets them; until then nobody is notified. */
export function readNotificationSettings(
  db: VaultTransaction,
): Promise<NotificationSettingsRow | null> {
  return db.notificationSettings.findUnique({ where: { id: 1 } });
}

/** Changes the single row, or creates it from `defaults`. */
export function writeNotificationSettings(
  tx: VaultTransaction,
  defaults: Prisma.NotificationSettingsCreateInput,
  changes: Prisma.NotificationSettingsUpdateInput,
): Promise<NotificationSettingsRow> {
  return tx.notificationSettings.upsert({
    where: { id: 1 },
    create: defaults,
    update: changes,
  });
}

/** Oldest first. */
export function listWebhooks(db: VaultTransaction): Promise<WebhookRow[]> {
  return db.webhook.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
}

export function findWebhook(db: VaultTransaction, id: string): Promise<WebhookRow | null> {
  return db.webhook.findUnique({ where: { id } });
}

/** `seal` receives the id, which the sealed secret is bound to. */
export function insertWebhook(
  tx: VaultTransaction,
  url: string,
  by: Author,
  seal: (id: string) => Sealed,
): Promise<WebhookRow> {
  const id = uuidv7();
  return tx.webhook.create({
    data: { id, url, secret: seal(id), ...authorColumns('createdBy', by) },
  });
}

export function countWebhooks(db: VaultTransaction): Promise<number> {
  return db.webhook.count();
}

export async function deleteWebhook(tx: VaultTransaction, id: string): Promise<void> {
  await tx.webhook.delete({ where: { id } });
}

/** Webhooks are added one at a time, so that two requests cannot exceed the limit together. */
export async function lockWebhooks(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: webhooks', 0))`;
}
