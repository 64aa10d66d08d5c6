import { expect, test } from 'vitest';
import { authorText } from './authors.ts';
import { environmentActor, localActor, systemActor } from './permit.ts';

test('says in English who did something', () => {
  expect(authorText({ kind: 'PERSON', id: null, name: 'environment' })).toBe('environment');
  expect(authorText(localActor('a (b)'))).toBe('command line (a (b))');
  expect(authorText(localActor(''))).toBe('command line');
  expect(authorText(environmentActor)).toBe('environment');
  expect(authorText(systemActor)).toBe('Fiberkeep');
});
