import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentStructure } from '#prisma/migrate.ts';
import { type BackupLab, openBackupLab } from '#testing/backups.ts';
import type { Manifest, StructureVersion } from '../ports.ts';
import { listTables } from '../postgres/introspect.ts';
import { listSideSchemas } from '../postgres/side-schema.ts';
import { type ComparedTable, type CompareRequest, compareBackups } from './compare.ts';
import { sideTable } from './scratch.ts';

const ROUNDS = 6;
let lab: BackupLab;
let structure: StructureVersion;

beforeAll(async () => {
  lab = await openBackupLab();
  structure = await currentStructure('plant');
  // Several chunks of about 2 MiB; a table without a key; one whose values have no equality.
  await lab.sql(`
    INSERT INTO plant.project (id, name) VALUES ('00000000-0000-7000-8000-0000000000c1', 'Centro');
    INSERT INTO plant.pole (id, project_id, name, lat, lng, address)
      SELECT gen_random_uuid(), '00000000-0000-7000-8000-0000000000c1', 'P-' || i, i * 1e-4, i * 1e-4, repeat(md5(i::text), 8)
        FROM generate_series(1, 20000) i;
    INSERT INTO plant.tag (id, name) SELECT gen_random_uuid(), 'tag ' || i FROM generate_series(1, 50) i;
    CREATE TABLE plant.reading (at int, value text);
    INSERT INTO plant.reading SELECT i % 40, 'v' || i % 7 FROM generate_series(1, 400) i;
    CREATE TABLE plant.note (a int, b text, body json, PRIMARY KEY (b, a));
    INSERT INTO plant.note SELECT i, 'n' || i, json_build_object('i', i) FROM generate_series(1, 200) i;`);
});
afterAll(() => lab?.[Symbol.asyncDispose]());

function compare(before: Manifest, after: Manifest, more: Partial<CompareRequest> = {}) {
  return compareBackups({
    connect: lab.connect,
    schema: `compare_${randomBytes(8).toString('hex')}`,
    plant: 'plant',
    before,
    after,
    store: lab.store,
    keys: lab.keys,
    structure,
    describe: async () => {},
    report: () => {},
    signal: new AbortController().signal,
    ...more,
  });
}

const edits = [
  `UPDATE plant.pole SET name = name || '!' WHERE hashtext(id::text || $1) % 50 = 0`,
  `DELETE FROM plant.pole WHERE hashtext(id::text || $1) % 90 = 0`,
  `INSERT INTO plant.pole (id, name, lat, lng) SELECT gen_random_uuid(), 'new ' || $1 || i, 0, 0 FROM generate_series(1, 30) i`,
  // The same bytes at another place.
  `UPDATE plant.pole SET name = name WHERE hashtext(id::text || $1) % 10 = 0`,
  `WITH moved AS (DELETE FROM plant.pole WHERE hashtext(id::text || $1) % 3 = 0 RETURNING *) INSERT INTO plant.pole SELECT * FROM moved`,
  `UPDATE plant.tag SET color = '#' || left(md5($1), 6) WHERE hashtext(id::text || $1) % 4 = 0`,
  `DELETE FROM plant.reading WHERE ctid IN (SELECT ctid FROM plant.reading ORDER BY md5(ctid::text || $1) LIMIT 9)`,
  `INSERT INTO plant.reading SELECT * FROM plant.reading ORDER BY md5(ctid::text || $1) LIMIT 9`,
  `UPDATE plant.note SET body = json_build_object('now', $1::text) WHERE hashtext(b || $1) % 20 = 0`,
  `DELETE FROM plant.note WHERE hashtext(b || $1) % 60 = 0`,
];

/** The plant as it was, to ask PostgreSQL itself what differs. */
async function keepCopy(schema: string): Promise<void> {
  await lab.sql(`CREATE SCHEMA ${schema}`);
  for (const name of await plantTables())
    await lab.sql(`CREATE TABLE ${schema}.${name} AS TABLE plant.${name}`);
}

async function plantTables(): Promise<string[]> {
  const client = await lab.connect();
  try {
    return (await listTables(client, 'plant')).map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function texts(sql: string): Promise<string[]> {
  return (await lab.sql(sql)).rows.map(({ text }) => text).sort();
}

async function expectSame(schema: string, was: string, compared: readonly ComparedTable[]) {
  const found = new Map(compared.map((table) => [table.name, table]));
  for (const name of await plantTables()) {
    const rows = (from: string) => `SELECT r::text AS text FROM ${from} r`;
    const except = (one: string, other: string) =>
      texts(`${rows(`${one}.${name}`)} EXCEPT ALL ${rows(`${other}.${name}`)}`);
    const [before, after] = [await except(was, 'plant'), await except('plant', was)];
    if (!found.has(name)) {
      expect([name, before, after]).toEqual([name, [], []]);
      continue;
    }
    expect(await texts(rows(`${schema}.${sideTable('before', name)}`))).toEqual(before);
    expect(await texts(rows(`${schema}.${sideTable('after', name)}`))).toEqual(after);
    const { counts, key } = found.get(name) ?? expect.fail();
    expect(counts.added + counts.changed).toBe(after.length);
    expect(counts.removed + counts.changed).toBe(before.length);
    if (!key) expect(counts.changed).toBe(0);
  }
}

test('a compare holds the very rows that PostgreSQL says differ, whatever was done between', async () => {
  let last = (await lab.create({ structure })).manifest;
  for (let round = 0; round < ROUNDS; round++) {
    await keepCopy('was');
    for (const [at, edit] of edits.entries())
      if ((round * 7 + at * 3) % 5 < 2) await lab.sql(edit, [`${round}.${at}`]);
    if (round === 4) await lab.sql('TRUNCATE plant.tag CASCADE');
    const made = await lab.create({ structure, previous: last });
    const schema = `compare_${randomBytes(8).toString('hex')}`;
    const compared = await compare(last, made.manifest, { schema });
    await expectSame(schema, 'was', compared);
    await lab.sql(`DROP SCHEMA was CASCADE; DROP SCHEMA ${schema} CASCADE`);
    last = made.manifest;
  }
});

test('a backup that stored everything anew differs in nothing from the one before', async () => {
  const one = await lab.create({ structure });
  await lab.sql('CREATE TABLE copied AS TABLE plant.pole; TRUNCATE plant.pole CASCADE');
  await lab.sql(
    'INSERT INTO plant.pole SELECT * FROM copied ORDER BY md5(id::text); DROP TABLE copied',
  );
  const other = await lab.create({ structure });
  const compared = await compare(one.manifest, other.manifest);
  for (const { counts } of compared)
    expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
});

test('an aborted compare and a damaged chunk leave no schema', async () => {
  const one = await lab.create({ structure });
  await lab.sql(edits[0] ?? '', ['abort']);
  const other = await lab.create({ structure, previous: one.manifest });
  const abort = new AbortController();
  const aborted = compare(one.manifest, other.manifest, {
    signal: abort.signal,
    report: (phase, done) => {
      if (phase === 'comparing' && done > 0) abort.abort(new Error('enough'));
    },
  });
  await expect(aborted).rejects.toThrow('enough');
  const { tables } = other.manifest;
  const pieces = new Set(tables.flatMap(({ rope }) => rope.map(({ id }) => id)));
  const store = {
    ...lab.store,
    get: async (name: string) => {
      const bytes = await lab.store.get(name);
      const isPiece = [...pieces].some((id) => name.includes(id));
      return isPiece ? bytes : Buffer.from(bytes).fill(0, bytes.length - 20);
    },
  };
  await expect(compare(one.manifest, other.manifest, { store })).rejects.toMatchObject({
    code: 'CHUNK_CORRUPT',
  });
  const client = await lab.connect();
  expect(await listSideSchemas(client, 'compare_')).toHaveLength(1);
  await client.end();
});
