import { expect, test } from 'vitest';
import { CallCounter } from './call-counter.ts';

test('calls are taken up to the limit, each caller for itself, and again in the next window', () => {
  let now = 0;
  const counter = new CallCounter({ points: 3, windowMs: 60_000 }, () => now);
  const calls = (caller: string, times: number) =>
    Array.from({ length: times }, () => counter.count(caller));
  expect(calls('a', 4)).toEqual([0, 0, 0, 60]);
  now = 45_500;
  expect(calls('a', 1)).toEqual([15]);
  expect(calls('b', 3)).toEqual([0, 0, 0]);
  now = 60_000;
  expect(calls('a', 4)).toEqual([0, 0, 0, 60]);
});
