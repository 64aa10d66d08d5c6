/** Local dates as text, YYYY-MM-DD, and months as YYYY-MM: no time zone can move them. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns the earlier of two dates. */
export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

/** The date as its midnight in UTC, for arithmetic and for formatters with the zone UTC. */
export function utcDate(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

function textOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return textOf(new Date(utcDate(date).getTime() + days * DAY_MS));
}

export function monthOf(date: string): string {
  return date.slice(0, 7);
}

export function addMonths(month: string, months: number): string {
  const date = utcDate(`${month}-01`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return monthOf(textOf(date));
}

/** The same day some months later, or the last day of a shorter month. */
export function sameDayIn(date: string, months: number): string {
  const { first, last } = daysOfMonth(addMonths(monthOf(date), months));
  const same = addDays(first, Number(date.slice(8)) - 1);
  return earlier(same, last);
}

export function daysOfMonth(month: string): { first: string; last: string } {
  const first = `${month}-01`;
  return { first, last: addDays(`${addMonths(month, 1)}-01`, -1) };
}

/**
 * The whole weeks that a calendar shows for a month, with adjacent days. `weekStart` 0 is Sunday.
 */
export function weeksOf(month: string, weekStart: number): string[][] {
  const { first, last } = daysOfMonth(month);
  const before = (utcDate(first).getUTCDay() - weekStart + 7) % 7;
  const weeks: string[][] = [];
  for (let day = addDays(first, -before); day <= last; day = addDays(day, 7))
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(day, index)));
  return weeks;
}

/** The local date in a time zone at an instant. */
export function dateIn(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** The first day of the week in the locale's region. */
export function weekStartOf(locale: string): number {
  return locale.startsWith('es') ? 1 : 0;
}
