import { expect, test } from 'vitest';
import { unwrap } from './unwrap.ts';

test('a ring over the 180th meridian goes on past it', () => {
  const fiji = [
    [179, -16],
    [-179, -16],
    [-179, -17],
    [179, -17],
    [179, -16],
  ];
  expect(unwrap(fiji)).toEqual([
    [179, -16],
    [181, -16],
    [181, -17],
    [179, -17],
    [179, -16],
  ]);
});

test('a ring elsewhere stays as it is', () => {
  const ring = [
    [0, 0],
    [170, 0],
    [0, 10],
    [0, 0],
  ];
  expect(unwrap(ring)).toEqual(ring);
});

test('a ring around a pole is closed along it', () => {
  const antarctica = [
    [0, -70],
    [120, -70],
    [-120, -70],
    [0, -70],
  ];
  expect(unwrap(antarctica)).toEqual([
    [0, -70],
    [120, -70],
    [240, -70],
    [360, -70],
    [360, -90],
    [0, -90],
    [0, -70],
  ]);
});
