import type { NotRestorable } from '#engine/ports.ts';
import type { Failure, LackOfSpace } from '#errors';

/** The events that notify people; each has a text in every language and a webhook type. */
export const notificationEvents = [
  'NIGHT_FAILED',
  'NIGHT_MISSED',
  'NIGHT_OVERDUE',
  'RECOVERED',
  'RESTORE_TEST_FAILED',
  'NOT_RESTORABLE',
  'UNUSUAL_CHANGES',
  'ROWS_DIFFER',
  'DISK_NEARLY_FULL',
  'EXTERNAL_FAILED',
  'EXTERNAL_OVERDUE',
  'EXTERNAL_DAMAGED',
] as const;

export type NotificationEvent = (typeof notificationEvents)[number];

/** RUNNING: the backup is being made; WAITING: it is queued; NOT_BEGUN: no worker noticed that it was due. */
export type OverdueState = 'NOT_BEGUN' | 'WAITING' | 'RUNNING';

export interface NamedDestination {
  readonly id: string;
  readonly name: string;
}

/** Data of each notification. Nights are local dates (`2026-11-22`), instants ISO 8601 UTC, sizes bytes. */
export interface NotificationData {
  readonly NIGHT_FAILED: {
    readonly night: string;
    readonly scheduledFor: string;
    readonly attempts: number;
    readonly error: Failure;
  };
  /** Oldest first. */
  readonly NIGHT_MISSED: { readonly nights: readonly string[] };
  readonly NIGHT_OVERDUE: {
    readonly night: string;
    readonly scheduledFor: string;
    readonly state: OverdueState;
  };
  /** What works again: nightly backups, restore tests, or a destination. */
  readonly RECOVERED: {
    readonly what: 'NIGHT' | 'RESTORE_TEST' | 'EXTERNAL';
    readonly name: string;
  };
  readonly RESTORE_TEST_FAILED: {
    readonly backup: { readonly id: string; readonly name: string; readonly createdAt: string };
    readonly error: Failure;
  };
  /** All that the backup has of it. */
  readonly NOT_RESTORABLE: {
    readonly backup: { readonly id: string; readonly name: string; readonly createdAt: string };
    readonly tables: readonly NotRestorable[];
  };
  /** Rows changed and removed since the backup `since`, and as many as usual. */
  readonly UNUSUAL_CHANGES: {
    readonly backup: { readonly id: string; readonly name: string; readonly createdAt: string };
    readonly since: string;
    readonly changed: number;
    readonly removed: number;
    readonly usualChanged: number;
    readonly usualRemoved: number;
  };
  /** Unchanged rows, as the row map has them, were not those of the last backup. */
  readonly ROWS_DIFFER: {
    readonly backup: { readonly id: string; readonly name: string; readonly createdAt: string };
    readonly tables: readonly string[];
  };
  readonly DISK_NEARLY_FULL: {
    readonly freeBytes: string | null;
    readonly daysUntilFull: number | null;
    /** What is missing for the next backup; null where it fits. */
    readonly lack: LackOfSpace | null;
  };
  readonly EXTERNAL_FAILED: {
    readonly destination: NamedDestination;
    readonly since: string;
    readonly error: Failure;
  };
  /** `newest`: when the newest backup there was made; null: there is none. */
  readonly EXTERNAL_OVERDUE: {
    readonly destination: NamedDestination;
    readonly newest: string | null;
  };
  readonly EXTERNAL_DAMAGED: { readonly destination: NamedDestination; readonly objects: number };
  readonly TEST: { readonly by: string };
}

export type NotificationKind = keyof NotificationData;

/** One occurrence to notify once: `occurrence` stays the same however often it is reported. */
export type Occurrence = {
  readonly [K in NotificationEvent]: {
    readonly event: K;
    readonly occurrence: string;
    readonly data: NotificationData[K];
  };
}[NotificationEvent];

/** Webhook types, as `resource.action` (Standard Webhooks). */
export const webhookTypes: Record<NotificationKind, string> = {
  NIGHT_FAILED: 'night.failed',
  NIGHT_MISSED: 'night.missed',
  NIGHT_OVERDUE: 'night.overdue',
  RECOVERED: 'backup.recovered',
  RESTORE_TEST_FAILED: 'restore-test.failed',
  NOT_RESTORABLE: 'backup.not-restorable',
  UNUSUAL_CHANGES: 'backup.unusual-changes',
  ROWS_DIFFER: 'backup.rows-differ',
  DISK_NEARLY_FULL: 'disk.nearly-full',
  EXTERNAL_FAILED: 'external.failed',
  EXTERNAL_OVERDUE: 'external.overdue',
  EXTERNAL_DAMAGED: 'external.damaged',
  TEST: 'test',
};
