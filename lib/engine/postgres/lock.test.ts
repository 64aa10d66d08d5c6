import { expect, test } from 'vitest';
import { childrenFirst } from './lock.ts';

test('each table comes after those that refer to it, whatever the order they are listed in', () => {
  const references = [
    { child: 'box', parent: 'pole' },
    { child: 'pole', parent: 'project' },
    { child: 'post', parent: 'box' },
    { child: 'post', parent: 'pole' },
  ];
  for (const tables of [
    ['box', 'pole', 'post', 'project', 'tag'],
    ['tag', 'project', 'post', 'pole', 'box'],
  ]) {
    const ordered = childrenFirst(tables, references);
    expect([...ordered].sort()).toEqual([...tables].sort());
    for (const { child, parent } of references)
      expect(ordered.indexOf(child)).toBeLessThan(ordered.indexOf(parent));
  }
});

test('tables that refer to themselves or to each other are each listed once', () => {
  const references = [
    { child: 'a', parent: 'a' },
    { child: 'a', parent: 'b' },
    { child: 'b', parent: 'a' },
  ];
  expect(childrenFirst(['a', 'b'], references).sort()).toEqual(['a', 'b']);
});
