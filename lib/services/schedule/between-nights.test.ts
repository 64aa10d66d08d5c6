import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { HOURS, newestSlot, nextSlot } from './between-nights.ts';

const saoPaulo = { time: '02:00', timeZone: 'America/Sao_Paulo' };

function newest(now: string, everyHours: number, when = saoPaulo): string | null {
  const slot = newestSlot(new Date(now), when, everyHours);
  return slot && `${slot.localDate} ${slot.slot} ${slot.at.toISOString().slice(0, 16)}`;
}

test('the newest slot is a whole number of hours after its night', () => {
  expect(newest('2026-11-23T10:59:59Z', 6)).toBeNull();
  expect(newest('2026-11-23T11:00:00Z', 6)).toBe('2026-11-23 1 2026-11-23T11:00');
  expect(newest('2026-11-24T04:59:59Z', 6)).toBe('2026-11-23 3 2026-11-23T23:00');
  expect(newest('2026-11-24T05:00:00Z', 6)).toBeNull();
  expect(newest('2026-11-24T05:00:00Z', 1)).toBeNull();
  expect(newest('2026-11-24T06:30:00Z', 1)).toBe('2026-11-24 1 2026-11-24T06:00');
});

test('a date that the zone skips has no slots of its own', () => {
  const apia = { time: '02:00', timeZone: 'Pacific/Apia' };
  expect(newest('2011-12-30T11:30:00Z', 12, apia)).toBe('2011-12-29 1 2011-12-30T00:00');
});

test.each(HOURS)('no two backups lie further apart than %i h, whatever the clocks do', (hours) => {
  for (const [time, timeZone, from] of [
    ['02:00', 'America/New_York', '2026-10-30T12:00:00Z'],
    ['02:30', 'America/New_York', '2026-03-06T12:00:00Z'],
    ['00:10', 'America/Sao_Paulo', '2018-11-02T12:00:00Z'],
    ['02:00', 'Australia/Lord_Howe', '2026-04-03T12:00:00Z'],
  ] as const) {
    const when = { time, timeZone };
    let now = new Date(from);
    for (let step = 0; step < 60; step++) {
      const next = nextSlot(now, when, hours);
      expect(next.at > now).toBe(true);
      expect(newestSlot(next.at, when, hours)).toEqual(next);
      expect(
        nightsIn(now, next.at, when) || next.at.getTime() - now.getTime() <= hours * 3_600_000,
      ).toBe(true);
      now = next.at;
    }
  }
});

/** Whether a night lies between, so that the wait for the slot after it may be longer. */
function nightsIn(from: Date, to: Date, when: { time: string; timeZone: string }): boolean {
  const time = Temporal.PlainTime.from(when.time);
  const at = (instant: Date) =>
    Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(when.timeZone);
  for (let day = at(from).toPlainDate(); ; day = day.add({ days: 1 })) {
    const night = day.toZonedDateTime({ timeZone: when.timeZone, plainTime: time });
    if (night.epochMilliseconds > to.getTime()) return false;
    if (night.epochMilliseconds > from.getTime()) return true;
  }
}
