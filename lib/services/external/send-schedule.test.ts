import { describe, expect, test } from 'vitest';
import { lastDue, nextDue, overdueAfterMs } from './send-schedule.ts';

const berlin = { time: '02:30', timeZone: 'Europe/Berlin' };
const daily = [1, 2, 3, 4, 5, 6, 7];
const at = (text: string) => new Date(text);
const HOUR_MS = 3_600_000;

describe('the newest moment that is due', () => {
  test.each([
    // 2026-11-23 is a Monday.
    ['the day itself', [1], '2026-11-23T01:30:00Z', '2026-11-23'],
    ['a minute before it', [1], '2026-11-23T01:29:00Z', '2026-11-16'],
    ['days later', [1], '2026-11-29T23:00:00Z', '2026-11-23'],
    ['of several days', [1, 4], '2026-11-27T00:00:00Z', '2026-11-26'],
    ['of all days', daily, '2026-11-27T00:00:00Z', '2026-11-26'],
    // The clock skips 02:30 on that Sunday: the backup goes at 03:30.
    ['over the clock change in spring, before', [7], '2026-03-29T01:29:00Z', '2026-03-22'],
    ['over the clock change in spring, after', [7], '2026-03-29T01:30:00Z', '2026-03-29'],
    // 02:30 comes twice: the first counts.
    ['over the clock change in autumn', [7], '2026-10-25T00:30:00Z', '2026-10-25'],
    ['and not before', [7], '2026-10-25T00:29:00Z', '2026-10-18'],
  ])('%s', (_, days, now, localDate) => {
    expect(lastDue({ days, ...berlin }, null, at(now))?.localDate).toBe(localDate);
  });

  test('is not from before the schedule was set', () => {
    const monday = { days: [1], ...berlin };
    const set = at('2026-11-24T12:00:00Z');
    expect(lastDue(monday, set, at('2026-11-29T12:00:00Z'))).toBeNull();
    expect(lastDue(monday, set, at('2026-11-30T01:30:00Z'))?.localDate).toBe('2026-11-30');
    // Set by a clock that was a year ahead.
    expect(lastDue(monday, at('2027-11-24T12:00:00Z'), at('2026-11-29T12:00:00Z'))).not.toBeNull();
  });

  test('is on no date that a zone skips', () => {
    const apia = { days: [5], time: '12:00', timeZone: 'Pacific/Apia' };
    // Friday, 2011-12-30 did not exist in Samoa.
    expect(lastDue(apia, null, at('2012-01-02T00:00:00Z'))?.localDate).toBe('2011-12-23');
  });
});

test.each([
  ['2026-11-23T01:29:00Z', '2026-11-23T01:30:00.000Z'],
  ['2026-11-23T01:30:00Z', '2026-11-30T01:30:00.000Z'],
])('after %s a weekly one is next due at %s', (now, next) => {
  expect(nextDue({ days: [1], ...berlin }, at(now))?.at.toISOString()).toBe(next);
});

test.each([
  [null, 26],
  [daily, 50],
  [[1], 7 * 24 + 26],
  [[1, 4], 4 * 24 + 26],
  [[5, 1], 4 * 24 + 26],
])('a backup of %j may be %i hours old', (days, hours) => {
  expect(overdueAfterMs(days && { days })).toBe(hours * HOUR_MS);
});
