import { expect, test } from 'vitest';
import { addDays, addMonths, dateIn, daysOfMonth, sameDayIn, weeksOf } from './calendar-days.ts';

test('days and months are counted across their ends', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
  expect(addMonths('2026-11', 2)).toBe('2027-01');
  expect(addMonths('2026-01', -1)).toBe('2025-12');
  expect(daysOfMonth('2026-02')).toEqual({ first: '2026-02-01', last: '2026-02-28' });
  expect(sameDayIn('2026-03-31', -1)).toBe('2026-02-28');
  expect(sameDayIn('2026-03-15', 1)).toBe('2026-04-15');
});

test('a month is shown in whole weeks, from Sunday or from Monday', () => {
  const sunday = weeksOf('2026-11', 0);
  expect(sunday[0]?.[0]).toBe('2026-11-01');
  expect(sunday.at(-1)?.at(-1)).toBe('2026-12-05');
  const monday = weeksOf('2026-11', 1);
  expect(monday[0]?.[0]).toBe('2026-10-26');
  expect(monday).toHaveLength(6);
  for (let month = '2026-01'; month < '2030-01'; month = addMonths(month, 1))
    for (const start of [0, 1]) {
      const days = weeksOf(month, start).flat();
      const { first, last } = daysOfMonth(month);
      expect(days.length % 7).toBe(0);
      expect(days).toContain(first);
      expect(days).toContain(last);
      expect(new Set(days).size).toBe(days.length);
    }
});

test('today is the date of the zone, not of the browser', () => {
  const at = new Date('2026-11-23T01:30:00Z');
  expect(dateIn('America/Sao_Paulo', at)).toBe('2026-11-22');
  expect(dateIn('UTC', at)).toBe('2026-11-23');
  expect(dateIn('Pacific/Kiritimati', at)).toBe('2026-11-23');
});
