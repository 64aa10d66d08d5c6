import { Temporal } from 'temporal-polyfill';

/** When a night's backup is due: `time` (HH:MM) in `timeZone` (IANA name), every day. */
export interface NightTime {
  readonly time: string;
  readonly timeZone: string;
}

/** The moment of one night. */
export interface Moment {
  /** YYYY-MM-DD in the zone */
  readonly localDate: string;
  readonly at: Date;
}

/**
 * The instant of the night of a local date; null if the zone has no such date (Samoa skipped 2011-12-30).
 * A time that a clock change skips moves later by the length of the change. Of a repeated time the first counts
 * (`disambiguation: 'compatible'`, RFC 5545 section 3.3.5).
 */
export function nightOf(localDate: string, { time, timeZone }: NightTime): Date | null {
  const date = Temporal.PlainDate.from(localDate);
  if (!exists(date, timeZone)) return null;
  const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
  const at = local.toZonedDateTime(timeZone, { disambiguation: 'compatible' });
  return new Date(at.epochMilliseconds);
}

function exists(date: Temporal.PlainDate, timeZone: string): boolean {
  return date.toZonedDateTime(timeZone).toPlainDate().equals(date);
}

/** The first night after `after` whose date is not `taken`. Consecutive calls skip no date of the zone. */
export function nextNight(
  after: Date,
  when: NightTime,
  taken: (localDate: string) => boolean = () => false,
): Moment {
  // A time skipped by a change at midnight falls on the next date, so yesterday's night may still come.
  let date = Temporal.PlainDate.from(localDateOf(after, when.timeZone)).subtract({ days: 1 });
  for (; ; date = date.add({ days: 1 })) {
    const localDate = date.toString();
    const at = nightOf(localDate, when);
    if (at && at > after && !taken(localDate)) return { localDate, at };
  }
}

/** The nights among `localDates` that are due at `now`, ordered by date. */
export function dueNights(localDates: readonly string[], now: Date, when: NightTime): Moment[] {
  return [...localDates].sort().flatMap((localDate) => {
    const at = nightOf(localDate, when);
    return at && at <= now ? [{ localDate, at }] : [];
  });
}

/** YYYY-MM-DD in UTC; of a DATE column, which Prisma reads as midnight UTC, its date. */
export function dateText(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** YYYY-MM-DD of an instant in a zone. */
export function localDateOf(at: Date, timeZone: string): string {
  return zoned(at, timeZone).toPlainDate().toString();
}

/** HH:MM of an instant in a zone. */
export function timeOfDayOf(at: Date, timeZone: string): string {
  return zoned(at, timeZone).toPlainTime().toString({ smallestUnit: 'minute' });
}

/** An instant with its offset in the zone: 2026-11-24T02:00:00-03:00. */
export function localTextOf(at: Date, timeZone: string): string {
  return zoned(at, timeZone).toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** The name as the IANA list writes it (America/Sao_Paulo for america/sao_paulo); null if it is not listed. */
export function timeZoneNamed(name: string): string | null {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return zoned(new Date(0), name).timeZoneId;
  } catch {
    return null;
  }
}

/** 00:00 to 23:59 */
export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

function zoned(at: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
}
