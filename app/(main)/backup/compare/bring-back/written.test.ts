import { expect, test } from 'vitest';
import { countsOf, isWritten } from './written.ts';

const counts = [
  { table: 'pole', deed: 'CREATE', why: 'NEEDED', count: 1 },
  { table: 'pole', deed: 'CREATE', why: 'CHOSEN', count: 2 },
  { table: 'post', deed: 'CREATE', why: 'BELONGS', count: 5 },
  { table: 'stored_file', deed: 'CREATE', why: 'NEEDED', count: 9 },
  { table: 'box', deed: 'SAME', why: 'CHOSEN', count: 4 },
] as const;

test('rows are counted by table, whyever they come, without the contents of files', () => {
  expect(countsOf(counts, 'CREATE')).toEqual([
    { table: 'post', count: 5 },
    { table: 'pole', count: 3 },
  ]);
  expect(countsOf(counts, 'REMOVE')).toEqual([]);
});

test('what is the same is not written', () => {
  expect(counts.map(isWritten)).toEqual([true, true, true, true, false]);
});
