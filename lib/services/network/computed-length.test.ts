import { expect, test } from 'vitest';
import { computedLength } from './computed-length.ts';

test('a path is as long as the geodesics between its points', () => {
  // The example of GeographicLib's documentation: near New York to near London.
  const [from, to] = [
    [-73.8, 40.6],
    [-0.5, 51.6],
  ];
  expect(computedLength([from, to])).toBe(5_551_759.4);
  expect(computedLength([from, to, from])).toBe(11_103_518.8);
});

test('a cable without a path has no length', () => {
  expect(computedLength([])).toBe(0);
});
