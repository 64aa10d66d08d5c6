import { expect, test } from 'vitest';
import { findAnomaly, USUAL_OF } from './anomaly.ts';

const night = (removed: number, changed = 0) => ({ added: 0, changed, removed });
const nights = (...removed: number[]) => removed.map((one) => night(one));

test.each([
  ['nothing is usual yet', night(10_000), nights(1, 2, 3, 4, 5, 6)],
  ['few rows', night(49), nights(0, 0, 0, 0, 0, 0, 0)],
  ['as much as on busy days', night(160), nights(100, 120, 90, 140, 80, 110, 130)],
  ['not twice as much, though all nights are alike', night(199), nights(...Array(10).fill(100))],
  ['only added rows', { added: 9_999, changed: 0, removed: 0 }, nights(...Array(10).fill(0))],
])('no anomaly: %s', (_why, now, before) => {
  expect(findAnomaly(now, before)).toBeNull();
});

test.each([
  ['rows on quiet nights', night(50), nights(0, 0, 0, 0, 0, 0, 0), 0],
  ['far more than the most', night(1_000), nights(100, 120, 90, 140, 80, 110, 130), 110],
  ['although one night was like it', night(900), nights(1, 2, 3, 2, 1, 2, 3, 1_000), 2],
])('an anomaly: %s', (_why, now, before, usualRemoved) => {
  expect(findAnomaly(now, before)).toEqual({
    changed: 0,
    removed: now.removed,
    usualChanged: 0,
    usualRemoved,
  });
});

test('changed rows count as well, and only the newest nights say what is usual', () => {
  const quiet = Array.from({ length: USUAL_OF }, () => night(0, 4));
  const before = [...quiet, ...Array.from({ length: 100 }, () => night(0, 5_000))];
  expect(findAnomaly(night(0, 300), before)).toMatchObject({ changed: 300, usualChanged: 4 });
});
