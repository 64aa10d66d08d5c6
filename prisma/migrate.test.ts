import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { currentStructure, migrate } from './migrate.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase({ migrated: false });
});

afterAll(() => database?.[Symbol.asyncDispose]());

const planes = ['plant', 'vault'] as const;

test.each(planes)(
  'a second migration of the %s finds its record and applies nothing',
  async (plane) => {
    const names = (await currentStructure(plane)).map(({ name }) => name);
    expect(await migrate(database.url, plane)).toEqual(names);
    expect(await migrate(database.url, plane)).toEqual([]);
  },
);

test('a side schema is migrated beside the plant, each with a record of its own', async () => {
  const names = (await currentStructure('plant')).map(({ name }) => name);
  expect(await migrate(database.url, 'plant', 'plant_stage_0b', names[0])).toEqual([names[0]]);
  expect(await migrate(database.url, 'plant', 'plant_stage_0b')).toEqual(names.slice(1));
});

test('the record of a schema names the checksums of the structure', async () => {
  const client = await database.connect();
  const { rows } = await client.query(
    'SELECT migration_name AS name, checksum FROM plant._prisma_migrations ORDER BY 1',
  );
  await client.end();
  expect(rows).toEqual(await currentStructure('plant'));
});
