import { describe, expect, test } from 'vitest';
import { momentText, offsetText } from './moment-text.ts';

const NOON = new Date('2026-11-27T04:26:00Z');
const JULY = new Date('2026-07-01T04:26:00Z');

/** CLDR writes narrow spaces. */
const words = (text: string) => text.replaceAll(/\s/g, ' ');

describe('a moment', () => {
  test.each([
    ['en', 'America/Sao_Paulo', undefined, 'Nov 27, 2026, 1:26 AM GMT-3'],
    ['en', 'America/Sao_Paulo', 'America/Sao_Paulo', 'Nov 27, 2026, 1:26 AM'],
    // Another name, the same clock.
    ['en', 'America/Sao_Paulo', 'America/Bahia', 'Nov 27, 2026, 1:26 AM'],
    ['en', 'America/Sao_Paulo', 'Europe/Lisbon', 'Nov 27, 2026, 1:26 AM GMT-3'],
    ['pt-BR', 'America/Sao_Paulo', 'UTC', '27 de nov. de 2026, 01:26 BRT'],
    ['es', 'America/Sao_Paulo', 'UTC', '27 nov 2026, 1:26 GMT-3'],
    ['en', 'UTC', undefined, 'Nov 27, 2026, 4:26 AM UTC'],
    ['en', 'Asia/Kathmandu', 'UTC', 'Nov 27, 2026, 10:11 AM GMT+5:45'],
  ] as const)('in %s of %s for a reader in %s', (locale, timeZone, ownZone, text) => {
    expect(words(momentText(NOON, { locale, timeZone, ownZone }))).toBe(text);
  });

  test('names its zone only in the half of the year in which the clocks differ', () => {
    const writing = { locale: 'en', timeZone: 'Europe/London', ownZone: 'Atlantic/Reykjavik' };
    expect(words(momentText(NOON, { ...writing, locale: 'en' }))).toBe('Nov 27, 2026, 4:26 AM');
    expect(words(momentText(JULY, { ...writing, locale: 'en' }))).toBe(
      'Jul 1, 2026, 5:26 AM GMT+1',
    );
  });

  test('without its time names no zone', () => {
    const writing = { locale: 'en', timeZone: 'America/Sao_Paulo', ownZone: 'UTC' } as const;
    expect(words(momentText(NOON, writing, { dateStyle: 'medium' }))).toBe('Nov 27, 2026');
    expect(words(momentText(NOON, writing, { timeStyle: 'short' }))).toBe('1:26 AM GMT-3');
  });
});

test.each([
  ['UTC', '+00:00'],
  ['America/Sao_Paulo', '-03:00'],
  ['Asia/Kathmandu', '+05:45'],
  ['Africa/Monrovia', '+00:00'],
])('the offset of %s is %s', (timeZone, offset) => {
  expect(offsetText(NOON, timeZone)).toBe(offset);
});
