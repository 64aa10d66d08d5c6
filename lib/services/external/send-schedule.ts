import { Temporal } from 'temporal-polyfill';
import { latestDate } from '../backups/newest-rows.ts';
import { localDateOf, type Moment, nightOf } from '../schedule/night-times.ts';

/** When a destination gets the newest backup, where that is not after each night. */
export interface SendSchedule {
  /** ISO weekdays, 1 is Monday; at least one. */
  readonly days: readonly number[];
  /** HH:MM in `timeZone` */
  readonly time: string;
  readonly timeZone: string;
}

const WEEK = 7;
const HOUR_MS = 60 * 60 * 1000;
/** The backup that is sent may be a day old, and the way takes some time. */
const LATE_MS = 26 * HOUR_MS;

/** The columns as a schedule; null: after each night. */
export function sendScheduleOf(
  {
    sendDays,
    sendTime,
  }: { readonly sendDays: readonly number[]; readonly sendTime: string | null },
  timeZone: string,
): SendSchedule | null {
  return sendTime === null ? null : { days: sendDays, time: sendTime, timeZone };
}

/** The newest moment of the schedule until `now`, if it is after `since`; null without one. */
export function lastDue(schedule: SendSchedule, since: Date | null, now: Date): Moment | null {
  // A clock that was ahead set what lies ahead.
  const from = since && since <= latestDate(now) ? since : null;
  const moments = around(schedule, now).filter(({ at }) => at <= now && (!from || at > from));
  return moments.at(-1) ?? null;
}

/** The next moment of the schedule after `now`. */
export function nextDue(schedule: SendSchedule, now: Date): Moment | null {
  return around(schedule, now).find(({ at }) => at > now) ?? null;
}

/** The moments from two weeks before to two weeks after, in order: a zone may skip one of a weekly schedule. */
function around({ days, ...when }: SendSchedule, now: Date): Moment[] {
  const today = Temporal.PlainDate.from(localDateOf(now, when.timeZone));
  return Array.from({ length: 4 * WEEK + 3 }, (_, n) => today.add({ days: n - 2 * WEEK - 1 }))
    .filter(({ dayOfWeek }) => days.includes(dayOfWeek))
    .flatMap((date) => {
      const localDate = date.toString();
      const at = nightOf(localDate, when);
      return at ? [{ localDate, at }] : [];
    });
}

/** How old the newest backup in a destination may be. */
export function overdueAfterMs(schedule: Pick<SendSchedule, 'days'> | null): number {
  if (!schedule) return LATE_MS;
  return longestGap(schedule.days) * 24 * HOUR_MS + LATE_MS;
}

/** In days. */
function longestGap(days: readonly number[]): number {
  const sorted = [...days].sort();
  const gaps = sorted.map((day, n) => (sorted[n + 1] ?? (sorted[0] ?? 0) + WEEK) - day);
  return Math.max(...gaps);
}
