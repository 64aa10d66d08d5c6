import { expect, test } from 'vitest';
import { expiryOf } from './new-key.ts';

const now = new Date('2026-11-23T12:00:00Z');

test('a key works for some days, forever, or to the end of a day', () => {
  expect(expiryOf('30', '', now)).toBe('2026-12-23T12:00:00.000Z');
  expect(expiryOf('never', '', now)).toBeNull();
  const until = new Date(expiryOf('date', '2027-01-31', now) ?? 0);
  expect([until.getFullYear(), until.getMonth(), until.getDate()]).toEqual([2027, 0, 31]);
  expect([until.getHours(), until.getMinutes()]).toEqual([23, 59]);
});
