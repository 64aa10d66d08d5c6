import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { structureOf } from '#engine/postgres/introspect.ts';
import { stageBackup } from '#engine/restore/stage.ts';
import { swapPlant } from '#engine/restore/swap.ts';
import { applyMigrations, migrationNames } from '#prisma/schema-engine.ts';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import { fillPlant } from '#testing/plant-rows.ts';

const STAGE = 'plant_stage_0b';
const LATER = '29990101000000_masts';

let lab: BackupLab;
let root: string;
let names: string[];

beforeAll(async () => {
  lab = await openBackupLab();
  root = await mkdtemp(path.join(tmpdir(), 'fiberkeep-later-'));
  await cp(path.resolve('prisma/plant'), root, { recursive: true });
  await mkdir(path.join(root, 'migrations', LATER));
  await writeFile(
    path.join(root, 'migrations', LATER, 'migration.sql'),
    `CREATE TABLE "mast" ("id" UUID NOT NULL PRIMARY KEY, "pole_id" UUID NOT NULL REFERENCES "pole" ("id"),
       "note" TEXT NOT NULL);
     CREATE INDEX "mast_pole_id_idx" ON "mast" ("pole_id");`,
  );
  names = await migrationNames(path.join(root, 'migrations'));
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** A table that only its migration knows: the engine names no tables. */
test('a table that a later migration adds is in the next backup, and its rows come back with the plant', async () => {
  const client = await lab.connect();
  await fillPlant(client, { poles: 50 });
  expect(names.at(-1)).toBe(LATER);
  await applyMigrations(lab.url, 'plant', root, names);
  await client.query(
    `INSERT INTO plant.mast SELECT gen_random_uuid(), id, 'mast of ' || name FROM plant.pole`,
  );
  const masts = await copyDigest(client, 'plant', 'mast');
  const structure = await structureOf(client, 'plant');
  expect(structure.map(({ name }) => name)).toEqual(names);
  const { manifest } = await lab.create({ structure });
  await client.query(`DELETE FROM plant.mast WHERE note LIKE '%P-4%'`);

  await stageBackup({
    connect: lab.connect,
    schema: STAGE,
    manifest,
    store: lab.store,
    keys: lab.keys,
    structure,
    migrate: async (schema, through) => {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      const upTo = through ? names.indexOf(through) + 1 : names.length;
      await applyMigrations(lab.url, schema, root, names.slice(0, upTo));
    },
    report: () => {},
    signal: new AbortController().signal,
  });
  await swapPlant({
    client,
    plant: 'plant',
    outgoing: 'plant_prev_0b',
    claim: async () => STAGE,
    settle: async () => {},
  });
  expect(await copyDigest(client, 'plant', 'mast')).toBe(masts);
  await client.end();
});
