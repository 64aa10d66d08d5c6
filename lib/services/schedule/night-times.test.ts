import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import {
  dueNights,
  isTimeOfDay,
  localDateOf,
  localTextOf,
  type NightTime,
  nextNight,
  nightOf,
  timeZoneNamed,
} from './night-times.ts';

const times = ['00:00', '00:30', '02:00', '02:30', '03:00', '23:59'] as const;
const zones = Intl.supportedValuesOf('timeZone');
const ALL_DATES = process.env.NIGHT_DATES === 'all';
const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = DAY_MS / 24;
const FROM = Temporal.PlainDate.from('2024-01-01');
const YEARS = 5;

const iso = (at: Date | null) => at?.toISOString() ?? null;

describe('the moment of a night', () => {
  test.each([
    ['2026-11-22', '02:00', 'America/Sao_Paulo', '2026-11-22T05:00:00.000Z'],
    ['2026-11-22', '02:00', 'Asia/Kathmandu', '2026-11-21T20:15:00.000Z'],
    ['2026-11-22', '02:00', 'UTC', '2026-11-22T02:00:00.000Z'],
    // Spring forward in Berlin: 02:00 to 03:00 are not there.
    ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
    ['2026-03-29', '02:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    // Fall back: 02:00 to 03:00 are there twice, and the first counts.
    ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25', '03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
    // São Paulo used to skip its midnights.
    ['2018-11-04', '00:00', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['2018-11-04', '00:30', 'America/Sao_Paulo', '2018-11-04T03:30:00.000Z'],
    // Lord Howe moves by half an hour.
    ['2026-10-04', '02:00', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
    // Nuuk skips the last hour of a Saturday: the night is half past midnight on Sunday, and Saturday's.
    ['2026-03-28', '23:30', 'America/Nuuk', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29', '23:30', 'America/Nuuk', '2026-03-30T00:30:00.000Z'],
  ])('of %s at %s in %s is %s', (date, time, timeZone, at) => {
    expect(iso(nightOf(date, { time, timeZone }))).toBe(at);
  });

  test('is none on a date that the zone left out', () => {
    const when = { time: '02:00', timeZone: 'Pacific/Apia' };
    expect(nightOf('2011-12-30', when)).toBe(null);
    expect(iso(nightOf('2011-12-29', when))).toBe('2011-12-29T12:00:00.000Z');
    expect(nextNight(new Date('2011-12-29T12:00:00Z'), when)).toEqual({
      localDate: '2011-12-31',
      at: new Date('2011-12-30T12:00:00Z'),
    });
  });
});

describe('the next night', () => {
  const berlin = { time: '02:00', timeZone: 'Europe/Berlin' };

  test('comes strictly after the instant asked', () => {
    const at = new Date('2026-11-24T01:00:00Z');
    const before = new Date(at.getTime() - 1);
    expect(nextNight(before, berlin)).toEqual({ localDate: '2026-11-24', at });
    expect(nextNight(at, berlin).localDate).toBe('2026-11-25');
  });

  test('may be yesterday’s, where the clock change of midnight put it on today', () => {
    const nuuk = { time: '23:30', timeZone: 'America/Nuuk' };
    const afterMidnight = new Date('2026-03-29T01:10:00Z');
    expect(localDateOf(afterMidnight, nuuk.timeZone)).toBe('2026-03-29');
    expect(nextNight(afterMidnight, nuuk).localDate).toBe('2026-03-28');
  });

  test('is the one after, where its date is taken', () => {
    const taken = (date: string) => date <= '2026-11-25';
    const next = nextNight(new Date('2026-11-24T00:00:00Z'), berlin, taken);
    expect(next.localDate).toBe('2026-11-26');
  });
});

test('nights are due from their moment on, in the order of their dates', () => {
  const when = { time: '02:00', timeZone: 'UTC' };
  const open = ['2026-11-24', '2026-11-22', '2026-11-23'];
  const due = (now: string) =>
    dueNights(open, new Date(now), when).map(({ localDate }) => localDate);
  expect(due('2026-11-23T02:00:00.000Z')).toEqual(['2026-11-22', '2026-11-23']);
  expect(due('2026-11-23T01:59:59.999Z')).toEqual(['2026-11-22']);
});

test('an instant is shown with the offset that the zone has then', () => {
  const text = (at: string, zone: string) => localTextOf(new Date(at), zone);
  expect(text('2026-11-24T05:00:00Z', 'America/Sao_Paulo')).toBe('2026-11-24T02:00:00-03:00');
  expect(text('2026-03-29T01:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T03:00:00+02:00');
});

test('names of zones are those of the IANA list, whatever their case', () => {
  expect(timeZoneNamed('america/sao_paulo')).toBe('America/Sao_Paulo');
  expect(timeZoneNamed('Asia/Kolkata')).toBe('Asia/Kolkata');
  expect(timeZoneNamed('utc')).toBe('UTC');
  for (const name of ['', 'Mars/Olympus', '+03:00', 'America', '../etc/passwd'])
    expect(timeZoneNamed(name)).toBe(null);
  for (const time of ['24:00', '2:00', '02:60', '02:00:00', ''])
    expect(isTimeOfDay(time)).toBe(false);
  for (const time of times) expect(isTimeOfDay(time)).toBe(true);
});

/**
 * Every zone of the IANA list over five years, at the awkward times. Dates within two days of a clock change
 * are all looked at, at all times. Between clock changes every date is like the other: of those one in 31 is
 * looked at in each zone, others in each, at one time each. With NIGHT_DATES=all none is left out, in one zone
 * of those that are alike throughout (`npm run bench -- night-dates`).
 */
describe('over every zone and five years', () => {
  const last = FROM.add({ years: YEARS });
  const dates: string[] = [];
  for (let date = FROM; Temporal.PlainDate.compare(date, last) < 0; date = date.add({ days: 1 }))
    dates.push(date.toString());

  /** The moments at which clocks change. */
  function changesOf(timeZone: string): Temporal.ZonedDateTime[] {
    const found: Temporal.ZonedDateTime[] = [];
    let at = FROM.toZonedDateTime(timeZone).subtract({ days: 3 });
    for (;;) {
      const change = at.getTimeZoneTransition('next');
      if (!change || Temporal.PlainDate.compare(change.toPlainDate(), last) > 0) return found;
      found.push(change);
      at = change;
    }
  }

  /** Indexes into `dates` of those around a clock change. */
  function aroundChanges(timeZone: string): Set<number> {
    const found = new Set<number>();
    for (const change of changesOf(timeZone)) {
      const day = FROM.until(change.toPlainDate(), { largestUnit: 'day' }).days;
      for (let near = day - 2; near <= day + 2; near++)
        if (near >= 0 && near < dates.length - 1) found.add(near);
    }
    return found;
  }

  /** A date of `dates` and the one after, at a time in a zone: their nights follow one another. */
  function followsOn(i: number, when: NightTime, nearChange: boolean): void {
    const [date = '', tomorrow = ''] = dates.slice(i, i + 2);
    const night = nightOf(date, when);
    if (!night) throw new Error(`${date} has no night at ${when.time} in ${when.timeZone}`);
    const next = nextNight(night, when);
    const apart = next.at.getTime() - night.getTime();
    const isADay = nearChange ? Math.abs(apart - DAY_MS) <= 2 * HOUR_MS : apart === DAY_MS;
    if (next.localDate !== tomorrow || !isADay)
      throw new Error(
        `After ${date} ${when.time} in ${when.timeZone} comes ${next.localDate}, ${apart} ms later`,
      );
  }

  test('each date has one night, about a day later comes the next date’s, and none is left out', {
    timeout: 120_000,
  }, () => {
    let looked = 0;
    const look = (i: number, when: NightTime, nearChange: boolean) => {
      followsOn(i, when, nearChange);
      looked += 1;
    };
    for (const [z, timeZone] of zones.entries()) {
      const near = aroundChanges(timeZone);
      for (const i of near) for (const time of times) look(i, { time, timeZone }, true);
      for (let i = z % 31; i < dates.length - 1; i += 31)
        if (!near.has(i)) look(i, { time: times[(i + z) % times.length] ?? '', timeZone }, false);
    }
    expect(zones.length).toBeGreaterThan(400);
    expect(looked).toBeGreaterThan(zones.length * 100);
  });

  /** One zone for all whose clocks show the same throughout the years. */
  function unlikeZones(): string[] {
    const clocksOf = (timeZone: string) => {
      const changes = changesOf(timeZone).map(({ epochMilliseconds, offset }) => [
        epochMilliseconds,
        offset,
      ]);
      return JSON.stringify([FROM.toZonedDateTime(timeZone).offset, changes]);
    };
    return [...new Map(zones.map((timeZone) => [clocksOf(timeZone), timeZone])).values()];
  }

  const atLength = ALL_DATES ? test : () => {};
  atLength('so it is on every date, at every time', { timeout: 3_600_000 }, () => {
    const unlike = unlikeZones();
    for (const timeZone of unlike) {
      const near = aroundChanges(timeZone);
      for (let i = 0; i < dates.length - 1; i++)
        for (const time of times) followsOn(i, { time, timeZone }, near.has(i));
    }
    expect(unlike.length).toBeGreaterThan(50);
  });

  /** What clocks on the wall of a zone show, by the date library of the language instead of ours. */
  function wallOf(timeZone: string): (at: Date) => string {
    const wall = new Intl.DateTimeFormat('en-CA', {
      ...({ timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'short' } as const),
    });
    return (at) => wall.format(at).replace(', ', ' ');
  }

  /** Minutes from the night at which nothing may show its time: earlier ones, or any where it is skipped. */
  const earlier = [-60, -30];
  const around = Array.from({ length: 13 }, (_, n) => (n - 6) * 30);

  function showsItsTime(date: string, when: NightTime, shows: (at: Date) => string): void {
    const asked = `${date} ${when.time}`;
    const night = nightOf(date, when);
    if (!night) throw new Error(`${asked} has no night in ${when.timeZone}`);
    const elsewhere = shows(night) === asked ? earlier : around;
    for (const minutes of elsewhere)
      if (shows(new Date(night.getTime() + minutes * 60_000)) === asked)
        throw new Error(`${asked} in ${when.timeZone} is ${minutes} minutes from its night`);
  }

  test('the clock on the wall shows the time of the night for the first time, or not at all that day', {
    timeout: 120_000,
  }, () => {
    for (const timeZone of zones) {
      const near = aroundChanges(timeZone);
      const shows = wallOf(timeZone);
      for (const i of near)
        for (const time of times) showsItsTime(dates[i] ?? '', { time, timeZone }, shows);
    }
  });
});
