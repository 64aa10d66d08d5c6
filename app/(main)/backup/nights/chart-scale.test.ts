import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areaPath, axisTicks } from './chart-scale.ts';

test('an axis has round steps', () => {
  expect(axisTicks(1_400_000)).toEqual([0, 500_000, 1_000_000, 1_500_000]);
  expect(axisTicks(4)).toEqual([0, 1, 2, 3, 4]);
  expect(axisTicks(0)).toEqual([0]);
});

test('an axis reaches what it shows, with few steps, whatever the size', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e15, noNaN: true }), (most) => {
      const ticks = axisTicks(most);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.length).toBeGreaterThan(2);
    }),
  );
});

test('an area goes along the upper line and back along the lower one', () => {
  expect(
    areaPath([
      { x: 0, low: 10, high: 4 },
      { x: 5.04, low: 9, high: 2 },
    ]),
  ).toBe('M0,4L5,2L5,9L0,10Z');
  expect(areaPath([])).toBe('');
});
