import { expect, test } from 'vitest';
import { type WholeReadState, wholeReadDue } from './whole-reads.ts';

const now = new Date('2026-11-22T05:00:00Z');
const last = (at: string, by = '1') => ({ wholeReadAt: new Date(at), wholeReadBy: by });

const usual: WholeReadState = {
  readEverything: false,
  isDistrusted: false,
  last: last('2026-11-20T05:00:00Z'),
  now,
  version: '1',
};

test.each([
  ['the map is used', {}, null],
  ['somebody asked to read everything', { readEverything: true }, 'asked'],
  ['rows were not what a map said', { isDistrusted: true }, 'distrusted'],
  ['there is no map', { last: null }, 'unmapped'],
  ['the program was updated', { version: '2' }, 'updated'],
  ['a week has passed', { last: last('2026-11-15T05:00:00Z') }, 'weekly'],
  ['the night of a week ago was a little late', { last: last('2026-11-15T05:20:00Z') }, 'weekly'],
  ['six days have passed', { last: last('2026-11-16T05:00:00Z') }, null],
  ['the clock was set back', { last: last('2026-11-23T05:00:00Z') }, 'weekly'],
] as const)('%s', (_case, state, due) => {
  expect(wholeReadDue({ ...usual, ...state })).toBe(due);
});
