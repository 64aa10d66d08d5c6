import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { fillPlant } from '#testing/plant-rows.ts';
import type { ItemCount } from './bring-back.ts';
import { type BringBackRequest, type BroughtBack, bringBack } from './bring-back.ts';
import { listForeignKeys, parentsFirst } from './references.ts';
import { sqlOn } from './sql.ts';

/** How the plant was, and as it is when a person compares: plain copies, from which sides are made. */
const STATES = { before: 'state_before', after: 'state_after' } as const;
const SCRATCH = 'compare_test';
const accounts = new Set(['user_account', 'role']);
const PROJECT = '00000000-0000-7000-8000-0000000000c1';
const TAG = '00000000-0000-7000-8000-0000000000d1';

let database: TestDatabase;
let client: pg.Client;
let tables: { name: string; key: string[] }[];

beforeAll(async () => {
  database = await openTestDatabase();
  client = await database.connect();
  await fillPlant(client, { poles: 60 });
  await client.query(`INSERT INTO plant.pole_tag SELECT id, '${TAG}' FROM plant.pole`);
  await client.query('SET search_path = public');
  const { rows } = await client.query(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY array_position(x.indkey::int2[], a.attnum)) AS key
       FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid AND x.indisprimary
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
      WHERE c.relnamespace = 'plant'::regnamespace AND c.relname <> '_prisma_migrations' GROUP BY 1`,
  );
  const order = parentsFirst(
    rows.map(({ name }) => name),
    await listForeignKeys(sqlOn(client), 'plant'),
  );
  tables = order.flatMap((name) => rows.find((row) => row.name === name));
  await keepState(STATES.before);
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => setState(STATES.before));

async function keepState(schema: string): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
  for (const { name } of tables)
    await client.query(`CREATE TABLE ${schema}."${name}" AS TABLE plant."${name}"`);
}

async function setState(schema: string): Promise<void> {
  await client.query(`TRUNCATE ${tables.map(({ name }) => `plant."${name}"`).join(', ')}`);
  for (const { name } of tables)
    await client.query(`INSERT INTO plant."${name}" SELECT * FROM ${schema}."${name}"`);
}

/** The rows that differ, as a compare leaves them. */
async function compareNow(): Promise<void> {
  await keepState(STATES.after);
  await client.query(`DROP SCHEMA IF EXISTS ${SCRATCH} CASCADE; CREATE SCHEMA ${SCRATCH}`);
  const changes = [];
  for (const { name, key } of tables) {
    const [before, after] = [`${STATES.before}."${name}"`, `${STATES.after}."${name}"`];
    const using = key.join(', ');
    await client.query(
      `CREATE TABLE ${SCRATCH}."before_${name}" AS SELECT b.* FROM ${before} b
         WHERE NOT EXISTS (SELECT FROM ${after} a WHERE a *= b);
       CREATE TABLE ${SCRATCH}."after_${name}" AS SELECT a.* FROM ${after} a
         WHERE NOT EXISTS (SELECT FROM ${before} b WHERE a *= b)`,
    );
    changes.push(
      `SELECT CASE WHEN a IS NULL THEN 'REMOVED' WHEN b IS NULL THEN 'ADDED' ELSE 'CHANGED' END AS kind,
              '${name}' AS table_name, ARRAY[${key.map((column) => `${column}::text`).join(', ')}] AS key
         FROM (SELECT ${using}, x AS b FROM ${SCRATCH}."before_${name}" x) b
         FULL JOIN (SELECT ${using}, x AS a FROM ${SCRATCH}."after_${name}" x) a USING (${using})`,
    );
  }
  await client.query(`CREATE TABLE ${SCRATCH}.change AS ${changes.join(' UNION ALL ')}`);
}

type Asked = Partial<BringBackRequest> & { where?: string };

async function bring(asked: Asked = {}): Promise<BroughtBack> {
  const { where = 'true', ...more } = asked;
  await client.query('BEGIN');
  try {
    const done = await bringBack(sqlOn(client), {
      plant: 'plant',
      scratch: SCRATCH,
      differing: tables.map(({ name }) => name),
      never: accounts,
      fading: new Set(['stored_file']),
      chosen: { text: `SELECT * FROM ${SCRATCH}.change WHERE ${where}`, values: [] },
      choices: [],
      rules: [],
      create: true,
      update: false,
      remove: false,
      wholeRows: false,
      stamps: {},
      ...more,
    });
    await client.query('COMMIT');
    return done;
  } catch (cause) {
    await client.query('ROLLBACK');
    throw cause;
  }
}

const everything = { update: true, remove: true };

/** Tables whose rows are not as in the state, by name. */
async function differences(schema: string): Promise<string[]> {
  const found = [];
  for (const { name } of tables) {
    if (accounts.has(name)) continue;
    const { rows } = await client.query(
      `SELECT count(*)::int AS rows FROM (
         (SELECT r::text FROM plant."${name}" r EXCEPT ALL SELECT r::text FROM ${schema}."${name}" r)
         UNION ALL (SELECT r::text FROM ${schema}."${name}" r EXCEPT ALL SELECT r::text FROM plant."${name}" r)) d`,
    );
    if (rows[0].rows > 0) found.push(`${name} ${rows[0].rows}`);
  }
  return found;
}

function done(counts: readonly ItemCount[]): string[] {
  return counts.map(({ table, deed, why, count }) => `${table} ${deed} ${why} ${count}`);
}

const first = (table: string) => `(SELECT id FROM plant.${table} ORDER BY id LIMIT 1)`;

describe('what was removed comes back under its own id', () => {
  test('a project with everything in it, and the files and tags of its posts', async () => {
    await client.query(`
      DELETE FROM plant.post; DELETE FROM plant.client; DELETE FROM plant.cable; DELETE FROM plant.box;
      DELETE FROM plant.pole; DELETE FROM plant.project`);
    await compareNow();
    await bring({ where: `table_name = 'project'` });
    expect(await differences(STATES.before)).not.toEqual([]);
    await setState(STATES.after);
    await bring();
    expect(await differences(STATES.before)).toEqual([]);
  });

  test('a post brings the pole along that it cannot be without, and nothing else', async () => {
    const { rows } = await client.query(
      `DELETE FROM plant.pole WHERE id = (SELECT pole_id FROM plant.post ORDER BY id LIMIT 1) RETURNING id`,
    );
    await compareNow();
    const { counts } = await bring({ where: `table_name = 'post'` });
    expect(done(counts)).toContain('pole CREATE NEEDED 1');
    expect(done(counts)).toContain('post_tag CREATE BELONGS 1');
    expect(
      (await client.query(`SELECT id FROM plant.pole WHERE id = $1`, [rows[0].id])).rows,
    ).toHaveLength(1);
  });

  test('a pole that comes back is named again by the boxes that hung on it', async () => {
    const hung = `(SELECT pole_id FROM plant.box ORDER BY id LIMIT 1)`;
    await client.query(`DELETE FROM plant.pole WHERE id = ${hung}`);
    await compareNow();
    const { counts } = await bring({ where: `table_name = 'pole'` });
    expect(done(counts)).toContain('box UPDATE LINK 3');
    expect(await differences(STATES.before)).toEqual([]);
  });

  test('an optional reference to what does not come back becomes empty', async () => {
    await client.query(`
      DELETE FROM plant.cable; DELETE FROM plant.client WHERE box_id = ${first('box')};
      DELETE FROM plant.box WHERE id = ${first('box')}`);
    await compareNow();
    await bring({ where: `table_name = 'client'` });
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM plant.client WHERE box_id IS NULL`,
    );
    expect(rows[0].n).toBe(1);
  });

  test('what came back already is left alone, and so are accounts', async () => {
    await client.query(`DELETE FROM plant.tag; DELETE FROM plant.user_account WHERE name = 'Rui'`);
    await compareNow();
    await bring();
    const { counts } = await bring();
    expect(counts.filter(({ deed }) => deed === 'CREATE')).toEqual([]);
    expect(counts.find(({ table }) => table === 'tag')).toMatchObject({ deed: 'HERE' });
    expect((await client.query(`SELECT name FROM plant.user_account`)).rows).toEqual([
      { name: 'Ana' },
    ]);
  });
});

describe('what changed goes back field by field', () => {
  test('fields that people changed since stay, unless whole rows are asked for', async () => {
    const pole = first('pole');
    await client.query(`UPDATE plant.pole SET name = 'wrong', type = 'wood' WHERE id = ${pole}`);
    await compareNow();
    await client.query(
      `UPDATE plant.pole SET type = 'steel', address = 'moved' WHERE id = ${pole}`,
    );
    const { counts } = await bring({ create: false, update: true, stamps: { updated_by: null } });
    expect(done(counts)).toEqual(['pole UPDATE CHOSEN 1']);
    const read = async () =>
      (await client.query(`SELECT name, type, address FROM plant.pole WHERE id = ${pole}`)).rows[0];
    const was = (
      await client.query(
        `SELECT name, type, address FROM ${STATES.before}.pole ORDER BY id LIMIT 1`,
      )
    ).rows[0];
    expect(await read()).toEqual({ name: was.name, type: 'steel', address: 'moved' });
    await bring({ create: false, update: true, wholeRows: true });
    expect(await read()).toEqual(was);
  });
});

describe('what is new goes', () => {
  test('with what is part of it, but not where people changed it since', async () => {
    await client.query(`
      INSERT INTO plant.pole (id, name, lat, lng) VALUES
        ('00000000-0000-7000-8000-00000000f001', 'new', 0, 0), ('00000000-0000-7000-8000-00000000f002', 'edited', 0, 0);
      INSERT INTO plant.post (id, pole_id, title) VALUES
        ('00000000-0000-7000-8000-00000000f003', '00000000-0000-7000-8000-00000000f001', 'note')`);
    await compareNow();
    await client.query(`UPDATE plant.pole SET address = 'x' WHERE name = 'edited'`);
    const { counts } = await bring({ create: false, remove: true, where: `table_name = 'pole'` });
    expect(done(counts)).toEqual([
      'pole BLOCKED CHOSEN 1',
      'pole REMOVE CHOSEN 1',
      'post REMOVE BELONGS 1',
    ]);
  });

  test('not what others cannot be without', async () => {
    await client.query(`
      INSERT INTO plant.project (id, name) VALUES ('00000000-0000-7000-8000-00000000f001', 'new')`);
    await compareNow();
    await client.query(
      `UPDATE plant.pole SET project_id = '00000000-0000-7000-8000-00000000f001' WHERE id = ${first('pole')}`,
    );
    const { counts } = await bring({ create: false, remove: true });
    expect(done(counts)).toEqual(['project BLOCKED CHOSEN 1']);
  });
});

describe('a name that must be unique', () => {
  const other = '00000000-0000-7000-8000-00000000f009';
  beforeEach(async () => {
    await client.query(
      `DELETE FROM plant.tag; INSERT INTO plant.tag (id, name) VALUES ('${other}', 'Urgent')`,
    );
    await compareNow();
  });
  const key = [TAG];

  test('is that of the present row: what named the old one names it', async () => {
    const { conflicts } = await bring();
    expect(conflicts).toMatchObject([
      {
        table: 'tag',
        key,
        presentKey: [other],
        choice: 'USE_PRESENT',
        choices: ['USE_PRESENT', 'RENAME', 'SKIP'],
      },
    ]);
    const { rows } = await client.query(
      `SELECT (SELECT count(*) FROM plant.pole_tag WHERE tag_id = '${other}')::int AS tagged,
              (SELECT count(*) FROM plant.tag)::int AS tags`,
    );
    expect(rows[0]).toEqual({ tagged: 60, tags: 1 });
  });

  test('can be another one', async () => {
    const choices = [{ table: 'tag', key, choice: 'RENAME' as const }];
    const { conflicts } = await bring({ choices });
    expect(conflicts[0]).toMatchObject({ choice: 'RENAME', renamedTo: 'urgent (2)' });
    const { rows } = await client.query(`SELECT name FROM plant.tag ORDER BY name`);
    expect(rows.map(({ name }) => name)).toEqual(['Urgent', 'urgent (2)']);
  });

  test('or the row stays away, with what cannot be without it', async () => {
    const choices = [{ table: 'tag', key, choice: 'SKIP' as const }];
    const { counts } = await bring({ choices });
    expect(done(counts)).toContain('pole_tag BLOCKED CHOSEN 60');
  });
});

describe('whatever people did', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'bringing everything back gives the state of before (%i)',
    async (seed) => {
      await editAtRandom(seed);
      await compareNow();
      const { conflicts } = await bring({ ...everything });
      expect(conflicts).toEqual([]);
      expect(await differences(STATES.before)).toEqual([]);
    },
  );
});

/** Deletes, changes and adds about a fifth of everything. */
async function editAtRandom(seed: number): Promise<void> {
  const some = (table: string, share: number) =>
    `id IN (SELECT id FROM plant.${table} WHERE abs(hashtext(id::text || ${seed} || '${table}${share}')) % 100 < ${share})`;
  await client.query(`
    DELETE FROM plant.client WHERE ${some('client', 20)};
    DELETE FROM plant.cable WHERE ${some('cable', 15)};
    DELETE FROM plant.box WHERE ${some('box', 15)};
    DELETE FROM plant.pole WHERE ${some('pole', 10)};
    DELETE FROM plant.post WHERE ${some('post', 10)};
    UPDATE plant.pole SET name = name || '!', project_id = NULL WHERE ${some('pole', 12)};
    UPDATE plant.box SET pole_id = ${first('pole')} WHERE ${some('box', 12)};
    UPDATE plant.cable SET to_box_id = from_box_id, path = '[[1,2]]' WHERE ${some('cable', 13)};
    INSERT INTO plant.pole (id, name, lat, lng, project_id)
      SELECT gen_random_uuid(), 'N' || i, i, i, '${PROJECT}' FROM generate_series(1, 10) i;
    INSERT INTO plant.box (id, name, lat, lng, pole_id)
      SELECT gen_random_uuid(), name, lat, lng, id FROM plant.pole WHERE name LIKE 'N%';
    UPDATE plant.client SET box_id = (SELECT id FROM plant.box WHERE name = 'N1') WHERE ${some('client', 11)};
    INSERT INTO plant.tag (id, name) VALUES (gen_random_uuid(), 'new ${seed}');
    INSERT INTO plant.pole_tag SELECT p.id, t.id FROM plant.pole p, plant.tag t WHERE t.name LIKE 'new%' AND p.lat > -23.49998;
    DELETE FROM plant.pole_tag WHERE pole_id IN (SELECT id FROM plant.pole WHERE ${some('pole', 9)})`);
  if (seed % 4 === 0) await client.query(`DELETE FROM plant.tag WHERE id = '${TAG}'`);
}
