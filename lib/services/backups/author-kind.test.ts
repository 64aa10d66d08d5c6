import { expect, test } from 'vitest';
import { authorKind, commandLineName, loginOf } from './author-kind.ts';

const id = '0193a000-0000-7000-8000-000000000000';

test('who acts without an account is known by the name that the server writes', () => {
  expect(authorKind({ id: null, name: commandLineName('root') })).toBe('COMMAND_LINE');
  expect(authorKind({ id: null, name: 'command line' })).toBe('COMMAND_LINE');
  expect(authorKind({ id: null, name: 'environment' })).toBe('ENVIRONMENT');
  expect(authorKind({ id: null, name: 'Rewind' })).toBe('SERVER');
  expect(authorKind({ id: null, name: 'ana@example.net' })).toBe('PERSON');
});

test('a person may be called like the system', () => {
  expect(authorKind({ id, name: 'Rewind' })).toBe('PERSON');
  expect(authorKind({ id, name: 'command line (root)' })).toBe('PERSON');
  expect(loginOf({ id, name: 'command line (root)' })).toBeNull();
});

test('the account of the machine comes back as it went in', () => {
  for (const login of ['root', 'a (b)', 'ünï cödé', ''])
    expect(loginOf({ id: null, name: commandLineName(login) })).toBe(login);
  expect(loginOf({ id: null, name: 'Rewind' })).toBeNull();
});
