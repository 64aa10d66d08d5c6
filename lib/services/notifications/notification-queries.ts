import { randomUUID } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import { FiberkeepError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import type { RateLimit } from '#vault/rate-limits.ts';
import { limit } from '../accounts/limits.ts';
import { writeVault } from '../authority.ts';
import { type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { asJson, emailWays, webhookWays } from './notify.ts';
import {
  enqueueNotifications,
  findNotifications,
  type NotificationRow,
  notificationById,
  notificationsByIds,
} from './outbox-rows.ts';
import { readNotificationSettings } from './settings-rows.ts';

/** Limited because each test sends a message to somebody. */
const TEST_LIMIT: RateLimit = { points: 30, windowMs: 15 * 60 * 1000 };

/** Notifications that were sent or are waiting, newest first. Throws VALIDATION_FAILED. */
export async function listNotifications(
  server: Server,
  _permit: Permit<'backup.configure'>,
  input: { readonly first?: number | null; readonly after?: string | null },
): Promise<Page<NotificationRow>> {
  const size = pageSize(input.first, 20);
  const { rows, totalCount } = await findNotifications(server.vault, input.after, size + 1);
  return pageOf(rows, size, totalCount);
}

/** Null if there is none. */
export async function findNotification(
  server: Server,
  _permit: Permit<'backup.configure'>,
  id: string,
): Promise<NotificationRow | null> {
  return isUuid(id) ? notificationById(server.vault, id) : null;
}

/** Sends one test message by e-mail, or to every webhook. Throws CONFLICT if none is set up, and RATE_LIMITED. */
export async function requestTest(
  server: Server,
  permit: Permit<'backup.configure'>,
  channel: 'EMAIL' | 'WEBHOOK',
): Promise<NotificationRow[]> {
  const { actor } = permit;
  const counter = `notification-test:user:${actor.id ?? ''}`;
  await limit(server, { address: actor.address, actor }, counter, TEST_LIMIT);
  return writeVault(server, permit, async (tx) => {
    const ways =
      channel === 'EMAIL' ? emailWays(await readNotificationSettings(tx)) : await webhookWays(tx);
    if (ways.length === 0) throw nothingSetUp(channel);
    const test = { occurrence: `test:${randomUUID()}`, event: 'TEST' };
    const data = asJson({ by: actor.name });
    const ids = await enqueueNotifications(
      tx,
      ways.map((way) => ({ ...way, ...test, data })),
    );
    await recordAudit(tx, {
      actor,
      action: 'notifications.test',
      outcome: 'DONE',
      detail: { channel },
    });
    return notificationsByIds(tx, ids);
  });
}

function nothingSetUp(channel: 'EMAIL' | 'WEBHOOK'): FiberkeepError {
  const reason = channel === 'EMAIL' ? 'noEmailSetUp' : 'noWebhook';
  return new FiberkeepError('CONFLICT', { reason });
}
