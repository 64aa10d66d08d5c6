import { expect, test } from 'vitest';
import { isQuiet } from './pace.ts';

const rule = (quietFrom: string | null, quietUntil: string | null) => ({
  bytesPerSecond: null,
  quietFrom,
  quietUntil,
  timeZone: 'America/Sao_Paulo',
});

test.each([
  ['08:00', '18:00', '2026-11-22T10:59:00Z', false],
  ['08:00', '18:00', '2026-11-22T11:00:00Z', true],
  ['08:00', '18:00', '2026-11-22T20:59:00Z', true],
  ['08:00', '18:00', '2026-11-22T21:00:00Z', false],
  ['22:00', '06:00', '2026-11-22T01:00:00Z', true],
  ['22:00', '06:00', '2026-11-22T08:59:00Z', true],
  ['22:00', '06:00', '2026-11-22T09:00:00Z', false],
  ['10:00', '10:00', '2026-11-22T13:00:00Z', false],
  [null, '10:00', '2026-11-22T03:00:00Z', false],
  ['10:00', null, '2026-11-22T13:00:00Z', false],
])('from %s until %s, at %s: quiet is %s', (from, until, at, quiet) => {
  expect(isQuiet(rule(from, until), new Date(at))).toBe(quiet);
});
