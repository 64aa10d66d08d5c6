import { expect, test } from 'vitest';
import { agoText } from './use-ago.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const cases = [
  ['2026-11-23T12:00:20Z', 'this minute'],
  ['2026-11-23T11:59:30Z', 'this minute'],
  ['2026-11-23T11:57:00Z', '3 minutes ago'],
  ['2026-11-23T13:59:00Z', 'in 1 hour'],
  ['2026-11-22T05:00:00Z', '31 hours ago'],
  ['2026-11-20T05:00:00Z', '3 days ago'],
  ['2026-08-20T05:00:00Z', '3 months ago'],
] as const;

test.each(cases)('%s is, seen from noon of the 23rd, %s', (at, words) => {
  expect(agoText(at, now, 'en')).toBe(words);
});

test('it speaks the language of the person', () => {
  expect(agoText('2026-11-23T11:57:00Z', now, 'pt-BR')).toBe('há 3 minutos');
  expect(agoText('2026-11-23T15:00:00Z', now, 'es')).toBe('dentro de 3 horas');
});
