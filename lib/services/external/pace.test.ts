import { expect, test } from 'vitest';
import { Postponed } from '#jobs/kinds.ts';
import { afterQuiet, isQuiet, openPace } from './pace.ts';

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

test.each([
  ['2026-11-22T08:45:00Z', '2026-11-22T09:00:00.000Z'],
  ['2026-11-22T02:00:00Z', '2026-11-22T02:30:00.000Z'],
])('in quiet hours until 06:00, at %s, a job looks again at %s', (at, again) => {
  expect(afterQuiet(rule('22:00', '06:00'), new Date(at)).toISOString()).toBe(again);
});

test('a job in whose middle quiet hours begin is postponed, not kept waiting', async () => {
  let at = '2026-11-22T00:59:00Z';
  const quiet = async () => rule('22:00', '06:00');
  const pace = openPace(quiet, () => new Date(at), new AbortController().signal);
  await pace(1_000);
  at = '2026-11-22T01:00:00Z';
  await expect(pace(1_000)).rejects.toBeInstanceOf(Postponed);
});
