import { describe, expect, test } from 'vitest';
import { readDegrees, readPlace } from './place-text.ts';

const campinas = { lat: -22.9064, lng: -47.0616 };

describe('a pair of coordinates is read', () => {
  test.each([
    '-22.9064, -47.0616',
    '-22.9064,-47.0616',
    '  -22.9064   -47.0616 ',
    '-22,9064, -47,0616',
    '-22,9064; -47,0616',
    '-22,9064 -47,0616',
    '−22.9064, −47.0616',
    '22.9064 S, 47.0616 W',
    '22,9064° S 47,0616° O',
    'S 22.9064 W 47.0616',
    '47.0616 W, 22.9064 S',
    'geo:-22.9064,-47.0616',
  ])('%s', (text) => {
    expect(readPlace(text)).toEqual(campinas);
  });

  test.each([
    [`22°54'23.04"S 47°3'41.76"W`, campinas],
    ['22º 54′ 23,04″ S, 47º 3′ 41,76″ O', campinas],
    [`N 48° 51' 30" E 2° 17' 40"`, { lat: 48.8583333, lng: 2.2944444 }],
    ['0, 0', { lat: 0, lng: 0 }],
    ['-22, -47', { lat: -22, lng: -47 }],
  ])('%s', (text, place) => {
    expect(readPlace(text)).toEqual(place);
  });
});

describe('what is no pair is left alone', () => {
  test.each([
    '',
    '-22.9064',
    '22,9064',
    '-22.9, -47.0, 12',
    '91, 10',
    '10, 181',
    '22.9 S, 47.0 N',
    '22.9 W, 47.0 E',
    'Rua das Acácias, 12, 30',
    '1e9, 3',
    `${'9'.repeat(5000)}, 1`,
  ])('%s', (text) => {
    expect(readPlace(text)).toBeNull();
  });
});

test('one coordinate may have a decimal comma and degrees', () => {
  expect(readDegrees('-22,9064')).toBe(-22.9064);
  expect(readDegrees(`47°3'41.76"W`)).toBe(-47.0616);
  expect(readDegrees('north')).toBeNull();
  expect(readDegrees('')).toBeNull();
});
