import { expect, test } from 'vitest';
import { jobKinds, kindOf } from './job-kinds.ts';

test.each(Object.entries(jobKinds))('%s is found by its own name', (name, kind) => {
  expect(kind.kind).toBe(name);
  expect(kindOf({ kind: name })).toBe(kind);
});

test('a kind that this version does not know is refused', () => {
  for (const kind of ['OF_TOMORROW', 'toString', ''])
    expect(() => kindOf({ kind })).toThrow(RangeError);
});
