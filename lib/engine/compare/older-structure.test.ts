import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyMigrations, migrationNames } from '#prisma/schema-engine.ts';
import { type BackupLab, openBackupLab } from '#testing/backups.ts';
import { fillPlant } from '#testing/plant-rows.ts';
import { bringBack } from '../bring-back/bring-back.ts';
import { sqlOn } from '../bring-back/sql.ts';
import type { Manifest, StructureVersion } from '../ports.ts';
import { structureOf } from '../postgres/introspect.ts';
import { listSideSchemas } from '../postgres/side-schema.ts';
import { stageBackup } from '../restore/stage.ts';
import { type CompareRequest, compareBackups } from './compare.ts';

const SCHEMA = 'compare_00000000000000aa';
const LATER = '29990101000000_height';

let lab: BackupLab;
let client: pg.Client;
let root: string;
let names: string[];
let today: StructureVersion;
/** Made before the update, and after it. */
let older: Manifest;
let newer: Manifest;

beforeAll(async () => {
  lab = await openBackupLab();
  client = await lab.connect();
  await fillPlant(client, { poles: 60 });
  await client.query(`SET search_path = public;
    CREATE TABLE plant.note (id int PRIMARY KEY, text text);
    INSERT INTO plant.note VALUES (1, 'by hand')`);
  older = (await lab.create({ structure: await structureOf(client, 'plant') })).manifest;
  root = await mkdtemp(path.join(tmpdir(), 'fiberkeep-later-'));
  await cp(path.resolve('prisma/plant'), root, { recursive: true });
  await mkdir(path.join(root, 'migrations', LATER));
  await writeFile(
    path.join(root, 'migrations', LATER, 'migration.sql'),
    `ALTER TABLE "pole" ADD COLUMN "height" INTEGER NOT NULL DEFAULT 0;
     UPDATE "pole" SET "height" = length("name");
     CREATE TABLE "mast" ("id" UUID NOT NULL PRIMARY KEY, "pole_id" UUID NOT NULL REFERENCES "pole" ("id") ON DELETE CASCADE);`,
  );
  names = await migrationNames(path.join(root, 'migrations'));
  await applyMigrations(lab.url, 'plant', root, names);
  today = await structureOf(client, 'plant');
  await client.query(`
    CREATE TABLE kept AS SELECT id, name FROM plant.pole ORDER BY id LIMIT 2;
    DELETE FROM plant.pole WHERE id = (SELECT id FROM kept ORDER BY id LIMIT 1);
    UPDATE plant.pole SET name = 'Renamed' WHERE id = (SELECT id FROM kept ORDER BY id DESC LIMIT 1);
    INSERT INTO plant.pole (id, name, lat, lng, height) VALUES (gen_random_uuid(), 'New', 0, 0, 7);
    INSERT INTO plant.mast SELECT gen_random_uuid(), id FROM plant.pole WHERE name = 'New'`);
  newer = (await lab.create({ structure: today })).manifest;
});
afterAll(async () => {
  await client?.end();
  await lab?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

async function migrateTo(schema: string, through?: string): Promise<void> {
  await lab.sql(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const upTo = through ? names.indexOf(through) + 1 : names.length;
  await applyMigrations(lab.url, schema, root, names.slice(0, upTo));
}

function compare(before: Manifest, after: Manifest, more: Partial<CompareRequest> = {}) {
  return compareBackups({
    connect: lab.connect,
    schema: SCHEMA,
    plant: 'plant',
    before,
    after,
    store: lab.store,
    keys: lab.keys,
    structure: today,
    migrate: migrateTo,
    describe: async () => {},
    report: () => {},
    signal: new AbortController().signal,
    ...more,
  });
}

const changed = (tables: Awaited<ReturnType<typeof compare>>) =>
  tables
    .map(({ counts }) => counts)
    .filter(({ added, changed: both, removed }) => added + both + removed > 0);

const sidesLeft = () => listSideSchemas(client, 'compare_');
const dropScratch = () => lab.sql(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);

test('a backup of before an update differs in what people changed, not in what the update did', async () => {
  const tables = await compare(older, newer);
  expect(changed(tables)).toContainEqual({ table: 'pole', added: 1, changed: 1, removed: 1 });
  expect(changed(tables)).toContainEqual({ table: 'mast', added: 1, changed: 0, removed: 0 });
  // Nobody touched it, and a stage leaves it out.
  expect(changed(tables).map(({ table }) => table)).not.toContain('note');
  const { rows } = await lab.sql(
    `SELECT height, length(name) AS length FROM ${SCHEMA}.before_pole`,
  );
  for (const { height, length } of rows) expect(height).toBe(length);
  expect(await sidesLeft()).toEqual([SCHEMA]);
  await dropScratch();
});

test('the other way round, and with itself', async () => {
  const turned = changed(await compare(newer, older));
  expect(turned).toContainEqual({ table: 'pole', added: 1, changed: 1, removed: 1 });
  expect(turned).toContainEqual({ table: 'mast', added: 0, changed: 0, removed: 1 });
  await dropScratch();
  expect(changed(await compare(older, older))).toEqual([]);
  await dropScratch();
});

test('what only the older backup has is brought back at the structure of now', async () => {
  const tables = await compare(older, newer);
  const sql = sqlOn(client);
  await client.query('BEGIN');
  const done = await bringBack(sql, {
    plant: 'plant',
    scratch: SCHEMA,
    differing: tables.map(({ name }) => name),
    never: new Set(['user_account', 'role']),
    fading: new Set(['stored_file']),
    chosen: {
      text: `SELECT 'pole' AS table_name, ARRAY[b.id::text] AS key, 'REMOVED' AS kind FROM ${SCHEMA}.before_pole b
              WHERE NOT EXISTS (SELECT FROM ${SCHEMA}.after_pole a WHERE a.id = b.id)`,
      values: [],
    },
    choices: [],
    rules: [],
    ...{ create: true, update: false, remove: false, wholeRows: false, stamps: {} },
  });
  await client.query('COMMIT');
  expect(done.counts).toContainEqual({ table: 'pole', deed: 'CREATE', why: 'CHOSEN', count: 1 });
  const { rows } = await client.query(
    `SELECT p.name = k.name AS named, p.height = length(k.name) AS high
       FROM (SELECT * FROM kept ORDER BY id LIMIT 1) k JOIN plant.pole p USING (id)`,
  );
  expect(rows).toEqual([{ named: true, high: true }]);
  await dropScratch();
});

test('the same backup is restored at the structure of now', async () => {
  const schema = 'plant_stage_0c';
  const staged = await stageBackup({
    connect: lab.connect,
    schema,
    manifest: older,
    store: lab.store,
    keys: lab.keys,
    structure: today,
    migrate: migrateTo,
    report: () => {},
    signal: new AbortController().signal,
  });
  expect(staged.tables).toContainEqual({ name: 'pole', rows: 60 });
  await lab.sql(`DROP SCHEMA ${schema} CASCADE`);
});

test('a newer structure is refused, and so is an older one where nobody can stage it', async () => {
  const ofBefore = { structure: older.structure };
  await expect(compare(older, newer, ofBefore)).rejects.toMatchObject({ code: 'STRUCTURE_NEWER' });
  await expect(compare(older, newer, { migrate: undefined })).rejects.toMatchObject({
    code: 'STRUCTURE_DIFFERENT',
  });
  expect(await sidesLeft()).toEqual([]);
});

test('an aborted compare leaves neither the scratch schema nor a staged side', async () => {
  const abort = new AbortController();
  const report = (phase: string) => phase === 'comparing' && abort.abort(new Error('enough'));
  const aborted = compare(older, older, { signal: abort.signal, report });
  await expect(aborted).rejects.toThrow('enough');
  expect(await sidesLeft()).toEqual([]);
});
