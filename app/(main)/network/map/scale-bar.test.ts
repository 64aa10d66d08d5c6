import { expect, test } from 'vitest';
import { scaleBar } from './scale-bar.ts';

test.each([
  [0, 0, 100, 5_000_000],
  [0, 16, 100, 100],
  [-23.5, 14, 100, 200],
  [60, 18, 100, 10],
])('at latitude %d and zoom %d, %d pixels hold a bar of %d m', (lat, zoom, most, meters) => {
  const bar = scaleBar(lat, zoom, most);
  expect(bar.meters).toBe(meters);
  expect(bar.pixels).toBeLessThanOrEqual(most);
  expect(bar.pixels).toBeGreaterThan(most / 2.6);
});
