'use client';

import { useFormatter } from 'next-intl';

/** ISO weekdays, 1 is Monday. */
const all = [1, 2, 3, 4, 5, 6, 7] as const;
/** A Sunday, so that adding a weekday's number leads to that day. */
const SUNDAY = Date.UTC(2026, 10, 22);
const DAY_MS = 24 * 60 * 60 * 1000;

/** Weekdays and their names in the reader's language. */
export function useWeekdays() {
  const format = useFormatter();
  const named = (day: number, weekday: 'long' | 'short') =>
    format.dateTime(new Date(SUNDAY + day * DAY_MS), { weekday, timeZone: 'UTC' });
  return {
    all,
    nameOf: (day: number) => named(day, 'long'),
    shortNames: (days: readonly number[]) => format.list(days.map((day) => named(day, 'short'))),
  };
}
