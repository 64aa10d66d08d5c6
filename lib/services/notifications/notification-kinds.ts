import type { Failure } from '#errors';

/** What people are told of; each has a text in every language and a type in webhooks. */
export const notificationEvents = [
  'NIGHT_FAILED',
  'NIGHT_MISSED',
  'NIGHT_OVERDUE',
  'RECOVERED',
  'RESTORE_TEST_FAILED',
  'DISK_NEARLY_FULL',
] as const;

export type NotificationEvent = (typeof notificationEvents)[number];

/** RUNNING: the backup is being made; WAITING: it is asked for; NOT_BEGUN: no worker saw that it was due. */
export type OverdueState = 'NOT_BEGUN' | 'WAITING' | 'RUNNING';

/** What a message tells of. Dates of nights are local ones (`2026-11-22`), instants ISO 8601 UTC, sizes bytes. */
export interface NewsData {
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
  /** What went well again: a night's backup, or the restore test of one. */
  readonly RECOVERED: { readonly what: 'NIGHT' | 'RESTORE_TEST'; readonly name: string };
  readonly RESTORE_TEST_FAILED: {
    readonly backup: { readonly id: string; readonly name: string; readonly createdAt: string };
    readonly error: Failure;
  };
  readonly DISK_NEARLY_FULL: {
    readonly freeBytes: string | null;
    readonly daysUntilFull: number | null;
  };
  readonly TEST: { readonly by: string };
}

export type NewsKind = keyof NewsData;

/** One thing that happened, told of once: `occurrence` is the same however often it is reported. */
export type News = {
  readonly [K in NotificationEvent]: {
    readonly event: K;
    readonly occurrence: string;
    readonly data: NewsData[K];
  };
}[NotificationEvent];

/** How webhooks name them (Standard Webhooks: `resource.action`). */
export const webhookTypes: Record<NewsKind, string> = {
  NIGHT_FAILED: 'night.failed',
  NIGHT_MISSED: 'night.missed',
  NIGHT_OVERDUE: 'night.overdue',
  RECOVERED: 'backup.recovered',
  RESTORE_TEST_FAILED: 'restoreTest.failed',
  DISK_NEARLY_FULL: 'disk.nearly-full',
  TEST: 'test',
};
