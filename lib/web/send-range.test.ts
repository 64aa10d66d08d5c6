import { expect, test } from 'vitest';
import { readRange } from './send-range.ts';

test.each([
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=90-1000', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  [' bytes=5-5 ', { start: 5, end: 5 }],
  ['bytes=100-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=5-4', 'all'],
  ['bytes=0-1,5-6', 'all'],
  ['bytes=-', 'all'],
  ['bytes=a-b', 'all'],
  ['items=0-5', 'all'],
  [`bytes=${'9'.repeat(400)}-`, 'none'],
  [`bytes=90-${'9'.repeat(400)}`, { start: 90, end: 99 }],
  ['Bytes=0-1', { start: 0, end: 1 }],
  [undefined, 'all'],
] as const)('Range %s of 100 bytes', (header, expected) => {
  expect(readRange(header, 100)).toEqual(expected);
});

test.each(['bytes=0-', 'bytes=-1'])('Range %s of an empty file cannot be met', (header) => {
  expect(readRange(header, 0)).toBe('none');
});
