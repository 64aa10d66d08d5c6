import {
  asFiberkeepError,
  errorText,
  FiberkeepError,
  failureOf,
  isLocale,
  type Locale,
} from '#errors';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import {
  type NotificationData,
  type NotificationKind,
  webhookTypes,
} from './notification-kinds.ts';
import { mailServerOf } from './notification-settings.ts';
import { notificationText } from './notification-texts.ts';
import {
  claimNotification,
  giveBack,
  markDelivered,
  markFailed,
  type NotificationRow,
} from './outbox-rows.ts';
import { sendMail } from './send-mail.ts';
import { sendWebhook } from './send-webhook.ts';
import {
  findWebhook,
  type NotificationSettingsRow,
  readNotificationSettings,
} from './settings-rows.ts';
import { secretOf } from './webhooks.ts';

export type { NotificationRow };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Longer than any attempt takes. A message whose worker died is sent again after this. */
const LEASE_MS = MINUTE_MS;
/** The wait after each failed attempt; after two days in all the message is given up. */
export const RETRY_MS: readonly number[] = [
  10_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
];

/** A due message, claimed by this worker for a minute; null if there is none. */
export function takeNotification(server: Server): Promise<NotificationRow | null> {
  return claimNotification(server.vault, LEASE_MS);
}

/**
 * Makes one attempt to deliver a claimed message, and records how it ended. An attempt that `signal` aborts does not
 * count. Delivery is at least once: if its end cannot be recorded, the receiver gets the message again, with the
 * same id.
 */
export async function deliverNotification(
  server: Server,
  message: NotificationRow,
  signal: AbortSignal,
): Promise<void> {
  try {
    await send(server, message, signal);
  } catch (thrown) {
    if (signal.aborted) return giveBack(server.vault, message);
    const error = asFiberkeepError(thrown);
    return markFailed(server.vault, message, failureOf(error), retryAfter(message, error));
  }
  await markDelivered(server.vault, message);
}

function retryAfter({ event, attempts }: NotificationRow, { code }: FiberkeepError): number | null {
  if (event === 'TEST' || code === 'NOT_FOUND') return null;
  return RETRY_MS[attempts - 1] ?? null;
}

async function send(server: Server, message: NotificationRow, signal: AbortSignal): Promise<void> {
  const settings = await readNotificationSettings(server.vault);
  if (message.channel === 'EMAIL') await sendByMail(server, settings, message, signal);
  else await sendByWebhook(server, settings, message, signal);
}

async function sendByMail(
  server: Server,
  settings: NotificationSettingsRow | null,
  message: NotificationRow,
  signal: AbortSignal,
): Promise<void> {
  const mail = mailServerOf(server, settings);
  if (!mail) throw gone('emailWasRemoved');
  const { from, to } = mail;
  const { subject, lines } = textOf(message, settings?.locale, await scheduleZone(server));
  const text = [...lines, ...linkTo(server, message)].join('\n\n');
  await sendMail(
    mail,
    { id: message.id, from, to, subject: `Fiberkeep: ${subject}`, text },
    signal,
  );
}

async function sendByWebhook(
  server: Server,
  settings: NotificationSettingsRow | null,
  message: NotificationRow,
  signal: AbortSignal,
): Promise<void> {
  const webhook = await findWebhook(server.vault, message.way);
  if (!webhook) throw gone('webhookWasRemoved');
  const { config, keys } = server;
  await sendWebhook(
    { url: webhook.url, secret: secretOf(server, webhook), allowed: config.webhookPrivateNetworks },
    {
      id: message.id,
      type: webhookTypes[kindOf(message)],
      at: message.createdAt,
      data: {
        ...withErrorText(dataOf(message), settings?.locale, await scheduleZone(server)),
        server: { id: keys.serverId, url: config.publicUrl },
      },
    },
    signal,
  );
}

/** The subject of a message in this language and zone. */
export function subjectOf(
  message: NotificationRow,
  locale: string | null | undefined,
  timeZone: string,
): string {
  return textOf(message, locale, timeZone).subject;
}

function textOf(message: NotificationRow, locale: string | null | undefined, timeZone: string) {
  return notificationText(kindOf(message), dataOf(message), localeOf(locale), timeZone);
}

/** Adds the text of an error, so that receivers need no catalogue of ours. */
function withErrorText(
  data: NotificationData[NotificationKind],
  locale: string | null | undefined,
  timeZone: string,
) {
  if (!('error' in data)) return data;
  const text = errorText(data.error, localeOf(locale), timeZone);
  return { ...data, error: { ...data.error, ...text } };
}

/** English if there are no texts in the requested language. */
function localeOf(name: string | null | undefined): Locale {
  return isLocale(name) ? name : 'en';
}

function kindOf({ event }: NotificationRow): NotificationKind {
  if (event in webhookTypes) return event as NotificationKind;
  throw new RangeError(`Not a notification: ${event}`);
}

/** The data that `notify` stored for this event. */
function dataOf({ data }: NotificationRow): NotificationData[NotificationKind] {
  return data as unknown as NotificationData[NotificationKind];
}

/** The page that shows what the message tells. */
function linkTo({ config: { publicUrl } }: Server, message: NotificationRow): string[] {
  return publicUrl ? [new URL(pageOf(message), publicUrl).href] : [];
}

function pageOf(message: NotificationRow): string {
  if (message.event !== 'UNUSUAL_CHANGES') return '/backup';
  const { since, backup } = dataOf(message) as NotificationData['UNUSUAL_CHANGES'];
  return `/backup/compare/new?${new URLSearchParams({ from: since, to: backup.id })}`;
}

function gone(reason: 'emailWasRemoved' | 'webhookWasRemoved'): FiberkeepError {
  return new FiberkeepError('NOT_FOUND', { reason });
}
