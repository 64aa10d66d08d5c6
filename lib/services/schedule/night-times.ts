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
 * The instant of the night of a local date; null where the zone has no such date (Samoa left 2011-12-30
 * out). A time that a clock change skips is as much later as the clocks went forward, one that it repeats is
 * the first (`disambiguation: 'compatible'`, RFC 5545 section 3.3.5).
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

/**
 * The first night whose moment comes after `after`, and whose date is not `taken`: consecutive calls leave no
 * date of the zone out.
 */
export function nextNight(
  after: Date,
  when: NightTime,
  taken: (localDate: string) => boolean = () => false,
): Moment {
  // A time that a change of midnight skips lies on the next date: yesterday's night may still come.
  let date = Temporal.PlainDate.from(localDateOf(after, when.timeZone)).subtract({ days: 1 });
  for (; ; date = date.add({ days: 1 })) {
    const localDate = date.toString();
    const at = nightOf(localDate, when);
    if (at && at > after && !taken(localDate)) return { localDate, at };
  }
}

/** The nights among `localDates` whose moment is `now` or before, in the order of the dates. */
export function dueNights(localDates: readonly string[], now: Date, when: NightTime): Moment[] {
  return [...localDates].sort().flatMap((localDate) => {
    const at = nightOf(localDate, when);
    return at && at <= now ? [{ localDate, at }] : [];
  });
}

/** YYYY-MM-DD of an instant in a zone. */
export function localDateOf(at: Date, timeZone: string): string {
  return zoned(at, timeZone).toPlainDate().toString();
}

/** An instant with the zone's offset then: 2026-11-24T02:00:00-03:00. */
export function localTextOf(at: Date, timeZone: string): string {
  return zoned(at, timeZone).toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** The name as the IANA list writes it (America/Sao_Paulo for america/sao_paulo), null where it has none such. */
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
