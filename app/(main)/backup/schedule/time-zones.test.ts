import { expect, test } from 'vitest';
import { findZones, zoneChoice } from './time-zones.ts';

const now = new Date('2026-11-23T12:00:00Z');
const names = (search: string) => findZones(search, now).map(({ name }) => name);

test('a zone is found by its city, also typed with accents or spaces', () => {
  expect(names('São Paulo')).toEqual(['America/Sao Paulo (UTC-03:00)']);
  expect(names('sao_paulo')).toEqual(['America/Sao Paulo (UTC-03:00)']);
});

test('a zone is found by its offset', () => {
  expect(names('-03:00')).toContain('America/Sao Paulo (UTC-03:00)');
  expect(names('-03:00')).not.toContain('Europe/Lisbon (UTC+00:00)');
});

test('names that begin with what was typed come first', () => {
  expect(names('utc')[0]).toBe('UTC (UTC+00:00)');
  expect(names('lis')[0]).toBe('Europe/Lisbon (UTC+00:00)');
});

test('a list stays short, and an unknown name finds nothing', () => {
  expect(names('').length).toBeLessThanOrEqual(50);
  expect(names('Atlantis')).toEqual([]);
});

test('a zone keeps its IANA name as its id', () => {
  expect(zoneChoice('America/Sao_Paulo', now).id).toBe('America/Sao_Paulo');
});
