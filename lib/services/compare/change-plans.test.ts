import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import {
  type ChangeFilter,
  changePageQuery,
  pageOfChanges,
  placesOfChanges,
} from './change-rows.ts';
import { describeChanges } from './describe-rows.ts';

const SCHEMA = 'compare_0a';
const ROWS = 300_000;
/** Everybody has one change in 100,000. */
const PERSON = '00000000-0000-7000-8000-000000000007';
const PROJECT = '00000000-0000-7000-8000-000000000009';
let opened: TestServer;
const scratch = { schema: SCHEMA, tables: [] };

beforeAll(async () => {
  opened = await openTestServer();
  const client = await opened.database.connect();
  await client.query(`CREATE SCHEMA ${SCHEMA}; SET search_path = ${SCHEMA}`);
  await describeChanges(client, [], { since: new Date(), timeZone: 'UTC' });
  await client.query(`
    INSERT INTO change (n, kind, table_name, id, key, label, search, project_id, lat, lng, changed_by)
    SELECT i, 'CHANGED', 'pole', i::text, ARRAY[i::text], 'P ' || i, 'p ' || i,
           ('00000000-0000-7000-8000-' || lpad((i % 100000)::text, 12, '0'))::uuid,
           (i % 1000) / 100.0, (i / 1000) / 100.0,
           ('00000000-0000-7000-8000-' || lpad((i % 100000)::text, 12, '0'))::uuid
      FROM generate_series(1, ${ROWS}) i;
    ANALYZE change`);
  await client.end();
});
afterAll(() => opened?.[Symbol.asyncDispose]());

const cases: [string, Partial<ChangeFilter>, number][] = [
  ['of one person', { people: [PERSON] }, 3],
  ['of one project', { projectId: PROJECT }, 3],
  ['of a project and a person who never met', { projectId: PROJECT, people: [PERSON] }, 0],
];

test.each(cases)('changes %s are found without a scan', async (_what, more, found) => {
  const page = { filter: { hidden: [], ...more }, after: 0, take: 51 };
  expect(await pageOfChanges(opened.server, scratch, page)).toHaveLength(found);
  const { text, values } = changePageQuery(scratch, page);
  expect(await planOf(text, values)).not.toContain('Seq Scan');
});

test('a small part of the map reads its places alone', async () => {
  const bbox = { south: 1, north: 1.01, west: 1, east: 1.01 };
  const filter = { hidden: [], bbox };
  const found = await placesOfChanges(opened.server, scratch, filter, 100);
  expect(found.map(({ lat, lng }) => [lat, lng]).sort()).toEqual([
    [1, 1],
    [1, 1.01],
    [1.01, 1],
    [1.01, 1.01],
  ]);
  const { text, values } = changePageQuery(scratch, { filter, after: 0, take: 51 });
  expect(await planOf(text, values)).not.toContain('Seq Scan');
});

test('a filter by what is no id finds nothing', async () => {
  for (const more of [{ people: ['nobody'] }, { projectId: "'" }]) {
    const page = { filter: { hidden: [], ...more }, after: 0, take: 51 };
    expect(await pageOfChanges(opened.server, scratch, page)).toEqual([]);
  }
});

async function planOf(text: string, values: unknown[]): Promise<string> {
  const { rows } = await opened.server.pool.query(`EXPLAIN ${text}`, values);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
