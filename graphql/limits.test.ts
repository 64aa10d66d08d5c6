import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildSchema, type DocumentNode, parse, print, separateOperations } from 'graphql';
import { describe, expect, test } from 'vitest';
import { FiberkeepError } from '#errors';
import { typeDefs } from '#generated/graphql/type-defs.ts';
import { readAsked } from './asked.ts';
import { assertForEntry, assertWithinLimits, limits } from './limits.ts';

const schema = buildSchema(typeDefs);

function asked(query: string | DocumentNode, variables: Record<string, unknown> = {}) {
  const text = typeof query === 'string' ? query : print(query);
  const found = readAsked({ query: text, variables }, limits.tokens);
  if (!found) throw new Error('not GraphQL');
  return found;
}

function check(query: string | DocumentNode, variables: Record<string, unknown> = {}): string {
  try {
    assertWithinLimits(schema, asked(query, variables));
    return 'taken';
  } catch (thrown) {
    return thrown instanceof FiberkeepError ? `${thrown.code}: ${thrown.message}` : String(thrown);
  }
}

const nested = '{ nodes { name tags { name } project { name tags { name } } } }';

describe('what one request may ask for', () => {
  const taken: [string, string, Record<string, unknown>?][] = [
    ['a page of everything that a list shows', `{ poles(first: 50) ${nested} }`],
    ['the default page', `{ poles ${nested} }`],
    [
      'a page whose size is a variable',
      `query ($n: Int) { poles(first: $n) ${nested} }`,
      { n: 100 },
    ],
    ['thirty aliases', `{ ${aliased(30)} }`],
    ['a mutation', 'mutation { signOut { signedOut } }'],
  ];
  for (const [what, query, variables] of taken)
    test(`takes ${what}`, () => expect(check(query, variables)).toBe('taken'));

  const refused: [string, string, Record<string, unknown>?][] = [
    ['a thousand of a list with lists in it', `{ poles(first: 1000) ${nested} }`],
    [
      'the same, the number hidden in a variable',
      `query ($n: Int) { poles(first: $n) ${nested} }`,
      { n: 1000 },
    ],
    [
      "the same, hidden in the variable's default",
      `query ($n: Int = 1000) { poles(first: $n) ${nested} }`,
    ],
    [
      'the same, hidden in a fragment',
      `{ poles(first: 1000) { ...P } } fragment P on PoleConnection ${nested}`,
    ],
    [
      'the same, hidden in an inline fragment',
      `{ ... on Query { poles(first: 1000) { ... on PoleConnection ${nested} } } }`,
    ],
    [
      'a list in a list in a list',
      '{ posts(first: 200) { nodes { tags { id } files { id } element { id } } } poles(first: 200) { nodes { tags { id } } } }',
    ],
    ['thirty-one aliases', `{ ${aliased(31)} }`],
    [
      'aliases multiplied by fragments',
      `{ ...A b: version } fragment A on Query { ...B ...C } fragment B on Query { ${aliased(20, 'p')} } fragment C on Query { ${aliased(20, 'q')} }`,
    ],
    [
      'a chain deeper than any page needs',
      '{ clients(first: 1) { edges { node { box { pole { project { tags { name } } } } } } } }',
    ],
    [
      'the same, hidden in fragments',
      '{ clients(first: 1) { ...C } } fragment C on ClientConnection { edges { node { ...N } } } fragment N on Client { box { pole { project { tags { name } } } } }',
    ],
    ['one field again and again', `{ ${'me { user { id } } '.repeat(200)} }`],
    ['an invalid document of many fields', `{ ${'nope '.repeat(limits.selections + 1)} }`],
    [
      'many fragments, used or not',
      `{ version } ${[...Array(51).keys()].map((n) => `fragment F${n} on Query { version }`).join(' ')}`,
    ],
  ];
  for (const [what, query, variables] of refused)
    test(`refuses ${what}`, () => expect(check(query, variables)).toMatch(/^QUERY_TOO_COMPLEX: /));

  test('measures fragments nested thirty deep without following each way through them', () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
    );
    expect(check(`{ ...F0 } ${levels.join(' ')} fragment F30 on Query { a: version }`)).toMatch(
      /^QUERY_TOO_COMPLEX: .* aliases/,
    );
  });

  test('measures fragments that spread each other', () => {
    const cycle = 'fragment A on Query { ...B version } fragment B on Query { ...A a: version }';
    expect(check(`{ ...A } ${cycle}`)).toBe('taken');
  });

  test('takes every operation of the pages, each page as full as it asks for', async () => {
    const folder = new URL('operations/', import.meta.url).pathname;
    const files = (await readdir(folder)).filter((name) => name.endsWith('.graphql'));
    const texts = await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
    const operations = Object.entries(separateOperations(parse(texts.join('\n'))));
    expect(operations.length).toBeGreaterThan(0);
    for (const [name, document] of operations)
      expect([name, check(document, { first: 100 })]).toEqual([name, 'taken']);
  });
});

describe('who is not signed in', () => {
  function ask(query: string): string {
    try {
      assertForEntry(asked(query));
      return 'taken';
    } catch (thrown) {
      return (thrown as FiberkeepError).code;
    }
  }

  test.each([
    'mutation S($e: String!) { signIn(email: $e, password: "p") { me { user { ...U } } } } fragment U on User { id }',
    'mutation { setUpServer(token: "t", input: {}) { me { actions } } }',
    '{ __typename v: version me { user { id } } }',
    'mutation { signOut { signedOut } }',
  ])('may send %s', (query) => {
    expect(ask(query)).toBe('taken');
  });

  test.each([
    '{ backups { nodes { name } } }',
    '{ me { user { id } } tags { id } }',
    '{ version: storage { freeBytes } }',
    '{ ...A } fragment A on Query { me { user { id } } }',
    '{ ... on Query { me { user { id } } } }',
    'query A { me { user { id } } } query B { me { user { id } } }',
    'subscription { systemEvents { __typename } }',
    `{ ${'me { user { id } } '.repeat(34)} }`,
  ])('may not send %s', (query) => {
    expect(ask(query)).toBe('UNAUTHENTICATED');
  });
});

function aliased(count: number, prefix = 'a'): string {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}: version`).join(' ');
}
