import { expect, test } from 'vitest';
import { keepOf, validRule } from './retention-rule.ts';

const rule = { keepLast: 7, keepDaily: 14, keepWeekly: 8, keepMonthly: 12 };

test('numbers come back from the form as they went in', () => {
  expect(validRule(keepOf(rule))).toEqual(rule);
});

test.each(['', '-1', '1.5', 'seven', '10001', '1e3', '0'])(
  'keeping the last “%s” is no rule',
  (keepLast) => {
    expect(validRule({ ...keepOf(rule), keepLast })).toBeNull();
  },
);

test('days, weeks and months may be zero', () => {
  const only = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };
  expect(validRule(keepOf(only))).toEqual(only);
});
