import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NetworkPermits, networkPermits } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { permit } from '../permit.ts';
import { searchEverything } from '../search/search.ts';
import type { Server } from '../server.ts';
import { createElement } from './edit-element.ts';
import { type ElementRequest, listElements } from './element-queries.ts';
import { createTag } from './tags.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;
let tagId: string;
let projectId: string;
let boxId: string;

const at = { lat: -22.9, lng: -47.06 };

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
  tagId = (await createTag(server, may.edit, null, { name: 'urgente' })).id;
  projectId = (await make('project', { name: 'Jardim Aurélia' })).id;
  const poleId = (await make('pole', { name: 'P-100%', address: 'Rua das Acácias, 12', ...at })).id;
  boxId = (await make('box', { name: 'CTO 7', poleId, projectId, ...at })).id;
  const otherBox = await make('box', { name: 'CTO 8', deploymentStatus: 'DEPLOYED', ...at });
  await make('cable', { name: 'F12 a', fromBoxId: boxId, toBoxId: otherBox.id });
  await make('cable', { name: 'F12 b', fromBoxId: otherBox.id, toBoxId: boxId });
  await make('cable', { name: 'F12 c', fromBoxId: otherBox.id });
  await make('client', { name: 'Ana Conceição', address: 'Rua São João, 9', boxId, ...at });
  await make('client', {
    name: 'Zé',
    address: 'Rua das Aca\u0301cias, 99',
    tagIds: [tagId],
    ...at,
  });
  await make('client', { name: 'Acácias Bar', status: 'SUSPENDED', ...at });
});
afterAll(() => opened[Symbol.asyncDispose]());

const make = (kind: 'project' | 'pole' | 'box' | 'cable' | 'client', input: object) =>
  createElement(server, may.edit, null, kind, input);

async function names(kind: 'pole' | 'box' | 'cable' | 'client', request: ElementRequest) {
  const page = await listElements(server, may.view, kind, request);
  expect(page.totalCount).toBe(page.items.length);
  return page.items.map(({ row }) => row.name);
}

describe('a list finds', () => {
  test.each([
    ['names that start with it first, then addresses', 'ACACIAS', ['Acácias Bar', 'Zé']],
    ['words in any order, in name and address together', '99 zé rua', ['Zé']],
    ['the middle of a word', 'oncei', ['Ana Conceição']],
    ['a quote and a comma', 'joão, 9', ['Ana Conceição']],
    ['nothing where one word is missing', 'acacias 77', []],
    ['no wildcard', '_', []],
    ['no escape', '\\', []],
    ['nothing of a very long text', 'x'.repeat(5000), []],
    ['letters that are not looked up', '漢字', []],
  ])('%s', async (_what, search, found) => {
    expect(await names('client', { search })).toEqual(found);
  });

  test('a percent sign as it is', async () => {
    expect(await names('pole', { search: '0%' })).toEqual(['P-100%']);
  });
});

describe('a list is narrowed', () => {
  test.each([
    ['box', () => ({ projectId }), ['CTO 7']],
    ['box', () => ({ status: 'DEPLOYED' }), ['CTO 8']],
    ['client', () => ({ tagId }), ['Zé']],
    ['client', () => ({ status: 'SUSPENDED', search: 'bar' }), ['Acácias Bar']],
    ['client', () => ({ boxId }), ['Ana Conceição']],
    ['cable', () => ({ boxId }), ['F12 a', 'F12 b']],
    ['cable', () => ({ boxId: 'no id' }), []],
    ['client', () => ({ tagId: 'no id' }), []],
  ] as const)('%s %#', async (kind, request, found) => {
    expect(await names(kind, request())).toEqual(found);
  });
});

test('pages of a search follow each other, from the names that start with it to the others', async () => {
  for (let n = 0; n < 2100; n++) rows.push(n % 3 === 0 ? `Vila ${n}` : `Casa ${n} vila`);
  await server.pool.query(
    `INSERT INTO plant.client (id, name, lat, lng)
      SELECT gen_random_uuid(), name, 0, 0 FROM unnest($1::text[]) AS n (name)`,
    [rows],
  );
  for (const search of ['vila', 'vila 1']) {
    const expected = (await server.plant.client.findMany({ select: { name: true } }))
      .map(({ name }) => name)
      .filter((name) => search.split(' ').every((word) => name.toLowerCase().includes(word)));
    const seen: string[] = [];
    for (let after: string | null | undefined = null; after !== undefined; ) {
      const page: Awaited<ReturnType<typeof listElements<'client'>>> = await listElements(
        server,
        may.view,
        'client',
        { search, first: 200, after },
      );
      expect(page.totalCount).toBe(expected.length);
      seen.push(...page.items.map(({ row }) => row.name));
      after = page.hasNextPage ? page.items.at(-1)?.cursor : undefined;
    }
    expect([...seen].sort()).toEqual([...expected].sort());
    const starting = seen.map((name) => name.toLowerCase().startsWith(search));
    expect(starting).toEqual([...starting].sort((a, b) => Number(b) - Number(a)));
  }
});
const rows: string[] = [];

describe('a search everywhere', () => {
  const find = async (text: string, first?: number) => {
    const backups = await permit(server, may.view.actor, 'backup.view');
    return searchEverything(server, { network: may.view, backups }, { text, first });
  };

  test('finds elements of each kind, those that start with it first', async () => {
    const { elements, complete } = await find('acacias');
    expect(complete).toBe(true);
    expect(elements.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'pole P-100%',
      'client Acácias Bar',
      'client Zé',
    ]);
    expect(elements[0]?.address).toBe('Rua das Acácias, 12');
  });

  test('gives no more of a kind than asked for, and 20 at most', async () => {
    expect((await find('vila', 2)).elements).toHaveLength(2);
    expect((await find('vila', 1000)).elements).toHaveLength(20);
    await expect(find('vila', 0)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  test.each(['', '  ', '%', '\\', '_', "'); DROP TABLE plant.pole; --", 'x'.repeat(100_000)])(
    'takes %j as text',
    async (text) => {
      const { elements } = await find(text);
      expect(elements.map(({ name }) => name)).toEqual(text === '%' ? ['P-100%'] : []);
    },
  );

  test('looks at nothing that the caller may not see', async () => {
    const found = await searchEverything(
      server,
      { network: null, backups: null },
      { text: 'acacias' },
    );
    expect(found).toEqual({ elements: [], backups: [], complete: true });
  });

  test('stops when its time is over, and says so', async () => {
    const permits = { network: may.view, backups: null };
    const { elements, complete } = await searchEverything(server, permits, { text: 'acacias' }, 0);
    expect(complete).toBe(false);
    expect(elements.map(({ name }) => name)).toEqual(['Acácias Bar']);
  });
});
