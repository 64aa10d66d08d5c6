import { randomUUID } from 'node:crypto';
import type { NotRestorable } from '#engine/ports.ts';
import { FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Backup, Night, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { hasNightSince } from '../schedule/night-rows.ts';
import { dateText, type Moment } from '../schedule/night-times.ts';
import type { NotificationData, Occurrence, OverdueState } from './notification-kinds.ts';
import type { NightEnd, RestoreTestEnd, SpaceChange } from './occasions.ts';
import {
  EMAIL_WAY,
  enqueueNotifications,
  type NewNotification,
  newestOccurrence,
} from './outbox-rows.ts';
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

/** Notifies a failed night, missed nights, and the first success after them. */
export async function notifyOfNight(tx: VaultTransaction, end: NightEnd): Promise<void> {
  if (end.kind === 'FAILED') return notifyOfFailure(tx, end.night);
  if (end.kind === 'MISSED') return notifyOfMissed(tx, end.nights);
  if (!end.recovered) return;
  const { id, localDate } = end.night;
  await notify(tx, {
    event: 'RECOVERED',
    occurrence: `night-recovered:${id}`,
    data: { what: 'NIGHT', name: dateText(localDate) },
  });
}

async function notifyOfFailure(tx: VaultTransaction, night: Night): Promise<void> {
  await notify(tx, {
    event: 'NIGHT_FAILED',
    occurrence: `night-failed:${night.id}`,
    data: {
      night: dateText(night.localDate),
      scheduledFor: night.scheduledFor.toISOString(),
      attempts: night.attempts,
      error: storedFailure(night.error) ?? failureOf(new FiberkeepError('INTERNAL')),
    },
  });
}

async function notifyOfMissed(tx: VaultTransaction, nights: readonly Night[]): Promise<void> {
  const newest = nights.at(-1);
  if (!newest) return;
  await notify(tx, {
    event: 'NIGHT_MISSED',
    occurrence: `night-missed:${newest.id}`,
    data: { nights: nights.map(({ localDate }) => dateText(localDate)) },
  });
}

const NIGHT_OVERDUE = 'night-overdue:';

/** Notifies a night that should have its backup by now. Its date identifies it, because it may have no row. */
export async function notifyOfOverdue(
  tx: VaultTransaction,
  { localDate, at }: Moment,
  state: OverdueState,
): Promise<void> {
  await notify(tx, {
    event: 'NIGHT_OVERDUE',
    occurrence: `${NIGHT_OVERDUE}${localDate}`,
    data: { night: localDate, scheduledFor: at.toISOString(), state },
  });
}

/** Whether this night's success is the first since the last notified overdue night. */
export async function isEndOfOverdue(tx: VaultTransaction, night: Night): Promise<boolean> {
  const newest = await newestOccurrence(tx, [NIGHT_OVERDUE]);
  const since = newest?.slice(NIGHT_OVERDUE.length);
  if (since === undefined || dateText(night.localDate) < since) return false;
  return !(await hasNightSince(tx, since, night.endedAt ?? night.scheduledFor, night.id));
}

const RESTORE_TEST_FAILED = 'restore-test-failed:';
const RESTORE_TEST_RECOVERED = 'restore-test-recovered:';

/** Notifies a failed restore test, and the first successful one after it. */
export async function notifyOfRestoreTest(
  tx: VaultTransaction,
  end: RestoreTestEnd,
): Promise<void> {
  const { backup, jobId, outcome, error } = end;
  const { id, name, createdAt } = backup;
  if (outcome === 'FAILED' && error)
    await notify(tx, {
      event: 'RESTORE_TEST_FAILED',
      occurrence: `${RESTORE_TEST_FAILED}${jobId}`,
      data: { backup: { id, name, createdAt: createdAt.toISOString() }, error },
    });
  if (outcome === 'TESTED' && (await wasLastFailure(tx)))
    await notify(tx, {
      event: 'RECOVERED',
      occurrence: `${RESTORE_TEST_RECOVERED}${jobId}`,
      data: { what: 'RESTORE_TEST', name },
    });
}

/** Whether the last notification about restore tests was a failure. */
async function wasLastFailure(tx: VaultTransaction): Promise<boolean> {
  const newest = await newestOccurrence(tx, [RESTORE_TEST_FAILED, RESTORE_TEST_RECOVERED]);
  return newest?.startsWith(RESTORE_TEST_FAILED) ?? false;
}

/** Notifies that a new backup holds tables which no restore brings back. */
export async function notifyOfNotRestorable(
  tx: VaultTransaction,
  { id, name, createdAt }: Pick<Backup, 'id' | 'name' | 'createdAt'>,
  tables: readonly NotRestorable[],
): Promise<void> {
  await notify(tx, {
    event: 'NOT_RESTORABLE',
    occurrence: `not-restorable:${id}`,
    data: { backup: { id, name, createdAt: createdAt.toISOString() }, tables },
  });
}

/** Notifies that far more was changed or removed before a backup than usual. */
export async function notifyOfUnusualChanges(
  tx: VaultTransaction,
  { id, name, createdAt }: Pick<Backup, 'id' | 'name' | 'createdAt'>,
  found: Omit<NotificationData['UNUSUAL_CHANGES'], 'backup'>,
): Promise<void> {
  await notify(tx, {
    event: 'UNUSUAL_CHANGES',
    occurrence: `unusual-changes:${id}`,
    data: { backup: { id, name, createdAt: createdAt.toISOString() }, ...found },
  });
}

/** Notifies that a backup found other rows than the row map told. */
export async function notifyOfRowsDiffering(
  tx: VaultTransaction,
  { id, name, createdAt }: Pick<Backup, 'id' | 'name' | 'createdAt'>,
  tables: readonly string[],
): Promise<void> {
  await notify(tx, {
    event: 'ROWS_DIFFER',
    occurrence: `rows-differ:${id}`,
    data: { backup: { id, name, createdAt: createdAt.toISOString() }, tables },
  });
}

/** Notifies a worse level of free space; a better one needs no notification. */
export async function notifyOfSpace(tx: VaultTransaction, change: SpaceChange): Promise<void> {
  if (levels.indexOf(change.to) <= levels.indexOf(change.from)) return;
  await notify(tx, {
    event: 'DISK_NEARLY_FULL',
    occurrence: `disk:${randomUUID()}`,
    data: {
      freeBytes: change.freeBytes?.toString() ?? null,
      daysUntilFull: change.daysUntilFull,
      lack: change.lack,
    },
  });
}

const levels: readonly SpaceChange['to'][] = ['OK', 'LOW', 'FULL'];
