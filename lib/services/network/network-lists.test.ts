import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type NetworkPermits, networkPermits } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import type { Server } from '../server.ts';
import { createElement } from './edit-element.ts';
import { listElements, summarizeNetwork } from './element-queries.ts';
import { listPosts } from './posts.ts';

const POLES = 30_000;
let opened: TestServer;
let server: Server;
let may: NetworkPermits;
let projectId: string;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
  projectId = (await createElement(server, may.edit, null, 'project', { name: 'Everything' })).id;
  // Every tenth pole has the same name as nine others, so that the id decides within a name.
  await insertPoles(0, POLES, (n) => `P-${String(n % (POLES / 10)).padStart(5, '0')}`);
  await server.pool.query(
    `INSERT INTO plant.post (id, pole_id, title)
      SELECT gen_random_uuid(), id, 'Note ' || name FROM plant.pole`,
  );
  await server.pool.query('ANALYZE plant.pole, plant.post');
});
afterAll(() => opened[Symbol.asyncDispose]());

async function insertPoles(from: number, count: number, nameOf: (n: number) => string) {
  const names = Array.from({ length: count }, (_, n) => nameOf(from + n));
  await server.pool.query(
    `INSERT INTO plant.pole (id, project_id, name, lat, lng)
      SELECT gen_random_uuid(), $1, name, 0, 0 FROM unnest($2::text[]) AS n (name)`,
    [projectId, names],
  );
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The plans, run, of the statements that `work` sends and that page through `table`. */
async function plansOf(table: string, work: () => Promise<unknown>): Promise<Plan[][]> {
  const sent = vi.spyOn(server.pool, 'query');
  await work();
  const statements = sent.mock.calls.map(
    (call) => call[0] as { text?: string; values?: unknown[] },
  );
  sent.mockRestore();
  const paging = statements.filter(
    ({ text }) => text?.includes(`FROM plant."${table}"`) || text?.includes(`FROM plant.${table}`),
  );
  const plans = [];
  for (const { text, values } of paging) {
    if (!text || /EXPLAIN/.test(text)) continue;
    const explained = await server.pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    plans.push(nodesOf(explained.rows[0]['QUERY PLAN'][0].Plan));
  }
  return plans;
}

const deepCursor = async () =>
  (await listElements(server, may.view, 'pole', { first: 200, search: 'p-029' })).items.at(-1)
    ?.cursor ?? '';

test.each([
  ['the first page', async () => ({})],
  ['a page deep down', async () => ({ after: await deepCursor() })],
  ['a project', async () => ({ projectId })],
  ['a project deep down', async () => ({ projectId, after: await deepCursor() })],
])(
  '%s of poles is read from an index in order, and no more of it than the page',
  async (_what, request) => {
    const asked = await request();
    const plans = await plansOf('pole', () =>
      listElements(server, may.view, 'pole', { first: 50, ...asked }),
    );
    expect(plans.length).toBeGreaterThan(0);
    for (const nodes of plans) {
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      expect(
        nodes.some((node) => /Index/.test(node['Node Type'])) ||
          nodes.some((node) => node['Actual Rows'] > 10_000),
      ).toBe(true);
    }
    const paging = plans.filter((nodes) => (nodes[0]?.['Actual Rows'] ?? 0) > 1);
    expect(paging).toHaveLength(1);
    for (const node of paging[0] ?? []) {
      expect(node['Actual Rows']).toBeLessThanOrEqual(51);
      expect(node['Rows Removed by Filter'] ?? 0).toBe(0);
    }
  },
);

test('a search that finds little reads the table once, and counts what it found there', async () => {
  const plans = await plansOf('pole', () =>
    listElements(server, may.view, 'pole', { first: 50, search: '00123' }),
  );
  expect(plans).toHaveLength(1);
  const scans = (plans[0] ?? []).filter((node) => /Scan/.test(node['Node Type']));
  expect(scans.some((node) => node['Actual Rows'] === 10)).toBe(true);
});

test('posts, all and of one pole, are read from an index in order', async () => {
  const pole = await server.plant.pole.findFirstOrThrow();
  for (const element of [null, { kind: 'pole' as const, id: pole.id }]) {
    const plans = await plansOf('post', () => listPosts(server, may.view, { first: 50, element }));
    const types = plans.flat().map((node) => node['Node Type']);
    expect(types).not.toContain('Sort');
    expect(types.some((type) => /Index/.test(type))).toBe(true);
  }
});

test('paging visits every row exactly once while others are inserted', async () => {
  const before = new Set(
    (await server.plant.pole.findMany({ select: { id: true } })).map((row) => row.id),
  );
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const found: Awaited<ReturnType<typeof listElements<'pole'>>> = await listElements(
      server,
      may.view,
      'pole',
      { first: 200, after },
    );
    seen.push(...found.items.map((item) => item.row.id));
    if (!found.hasNextPage) break;
    after = found.items.at(-1)?.cursor ?? null;
    if (page % 10 === 0)
      await insertPoles(page * 100, 20, (n) => `P-${String((n * 7919) % 3000).padStart(5, '0')}`);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect([...before].filter((id) => !seen.includes(id)).slice(0, 3)).toEqual([]);
}, 120_000);

test('posts are newest first, each exactly once', async () => {
  const seen: string[] = [];
  for (let after: string | null = null; seen.length < 2_000; ) {
    const page: Awaited<ReturnType<typeof listPosts>> = await listPosts(server, may.view, {
      first: 200,
      after,
    });
    seen.push(...page.items.map((item) => item.row.id));
    after = page.items.at(-1)?.cursor ?? null;
  }
  expect(seen).toEqual([...new Set(seen)].sort().reverse());
});

test('a total is exact up to 10,000 and an estimate close by beyond that', async () => {
  const exact = await listElements(server, may.view, 'pole', { first: 1, search: 'P-000' });
  expect(exact.totalCount).toBe(
    await server.plant.pole.count({ where: { name: { startsWith: 'P-000' } } }),
  );
  const all = await server.plant.pole.count();
  const estimate = (await summarizeNetwork(server, may.view)).poles;
  expect(estimate).toBeGreaterThan(10_000);
  expect(Math.abs(estimate - all) / all).toBeLessThan(0.1);
});
