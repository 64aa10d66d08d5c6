import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { applyMigrations } from '#prisma/schema-engine.ts';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import { fillPlant } from '#testing/plant-rows.ts';
import type { Manifest, StructureVersion } from '../ports.ts';
import { listRules, listTables } from '../postgres/introspect.ts';
import { listSideSchemas } from '../postgres/side-schema.ts';
import { type StageRequest, stageBackup } from './stage.ts';

const STAGE = 'plant_stage_0a';
let lab: BackupLab;
let structure: StructureVersion;
let manifest: Manifest;

beforeAll(async () => {
  lab = await openBackupLab();
  structure = await currentStructure('plant');
  const client = await lab.connect();
  await fillPlant(client);
  await client.end();
  manifest = (await lab.create({ structure })).manifest;
});

afterAll(() => lab?.[Symbol.asyncDispose]());
afterEach(() => lab.sql(`DROP SCHEMA IF EXISTS ${STAGE} CASCADE`));

function stage(more: Partial<StageRequest> = {}) {
  return stageBackup({
    connect: lab.connect,
    schema: STAGE,
    manifest,
    store: lab.store,
    keys: lab.keys,
    structure,
    migrate: async (schema, through) => void (await migrate(lab.url, 'plant', schema, through)),
    report: () => {},
    signal: new AbortController().signal,
    ...more,
  });
}

async function withClient<T>(
  work: (client: Awaited<ReturnType<BackupLab['connect']>>) => Promise<T>,
) {
  const client = await lab.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const stagesLeft = () => withClient((client) => listSideSchemas(client, 'plant_stage_'));

async function digests(schema: string): Promise<Record<string, string>> {
  return withClient(async (client) => {
    const found: Record<string, string> = {};
    for (const { name } of await listTables(client, schema))
      found[name] = await copyDigest(client, schema, name);
    return found;
  });
}

test('a stage holds every row of the plant, byte for byte, hostile ones included', async () => {
  const staged = await stage();
  expect(await digests(STAGE)).toEqual(await digests('plant'));
  const { rows } = await lab.sql('SELECT count(*)::int AS poles FROM plant.pole');
  expect(staged.tables).toContainEqual({ name: 'pole', rows: rows[0].poles });
  expect(staged.migrationsRun).toEqual([]);
});

test('a stage has the keys, checks and indexes that the migrations make, all of them checked', async () => {
  await stage();
  const named = (schema: string) =>
    withClient(async (client) =>
      JSON.parse(JSON.stringify(await listRules(client, schema)).replaceAll(` ${schema}.`, ' ')),
    );
  expect(await named(STAGE)).toEqual(await named('plant'));
});

test('a stage is ready for reading: it has statistics, and its rows are frozen', async () => {
  await stage();
  const { rows } = await lab.sql(
    `SELECT c.relpages > 0 AS analyzed, c.relallvisible = c.relpages AS frozen FROM pg_class c
      WHERE c.oid = '${STAGE}.pole'::regclass`,
  );
  expect(rows).toEqual([{ analyzed: true, frozen: true }]);
});

test('progress of the loading reaches its total', async () => {
  const seen: [string, number, number][] = [];
  await stage({ report: (phase, done, total) => seen.push([phase, done, total]) });
  const bytes = manifest.tables.reduce((sum, table) => sum + table.bytes, 0);
  expect(seen.filter(([phase]) => phase === 'loading').at(-1)).toEqual(['loading', bytes, bytes]);
  for (const [, done, total] of seen) expect(done).toBeLessThanOrEqual(total);
});

test('an altered chunk is named, and no schema is left', async () => {
  const store = { ...lab.store, get: async (name: string) => flipped(await lab.store.get(name)) };
  await expect(stage({ store })).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  expect(await stagesLeft()).toEqual([]);
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

test.each([
  ['rows', { rows: 1 }],
  ['bytes', { bytes: 1 }],
  ['digest', { sha256: '00'.repeat(32) }],
])('a table of other %s than its manifest announces is refused', async (_what, lie) => {
  const tables = manifest.tables.map((one) => (one.name === 'pole' ? { ...one, ...lie } : one));
  await expect(stage({ manifest: { ...manifest, tables } })).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
  expect(await stagesLeft()).toEqual([]);
});

test('a row whose parent is missing is refused when the foreign keys come back', async () => {
  const empty = { rows: 0, bytes: 0, sha256: sha256(''), digest: sha256(''), rope: [] };
  const tables = manifest.tables.map((one) => (one.name === 'pole' ? { ...one, ...empty } : one));
  await expect(stage({ manifest: { ...manifest, tables } })).rejects.toMatchObject({
    code: '23503',
  });
  expect(await stagesLeft()).toEqual([]);
});

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

test('an aborted stage ends soon and leaves nothing', async () => {
  const abort = new AbortController();
  const staging = stage({
    signal: abort.signal,
    report: (phase) => {
      if (phase === 'loading') abort.abort(new Error('enough'));
    },
  });
  await expect(staging).rejects.toThrow('enough');
  expect(await stagesLeft()).toEqual([]);
});

test('an abort cancels the statement under way', async () => {
  const abort = new AbortController();
  const blocker = await lab.connect();
  let locked: Promise<unknown> | null = null;
  const staging = stage({
    signal: abort.signal,
    // Someone holds a small table, which is loaded late: its loader waits in TRUNCATE.
    report: (phase) => {
      if (phase === 'loading')
        locked ??= blocker.query(`BEGIN; LOCK TABLE ${STAGE}.user_account IN SHARE MODE`);
    },
  });
  const failed = expect(staging).rejects.toThrow('enough');
  const truncates = () => activeStatements('%TRUNCATE%');
  await expect.poll(truncates).toBe(1);
  abort.abort(new Error('enough'));
  await expect.poll(truncates).toBe(0);
  await locked;
  await blocker.end();
  await failed;
  expect(await stagesLeft()).toEqual([]);
});

async function activeStatements(like: string): Promise<number> {
  const { rows } = await lab.sql(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND query LIKE $1`,
    [like],
  );
  return rows[0].count;
}

test('a connection lost in the middle fails the stage and leaves nothing', async () => {
  let killing: Promise<unknown> | null = null;
  const kill = () =>
    lab.sql(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'COPY%FROM STDIN%'`,
    );
  const get = async (name: string) => {
    await killing;
    return lab.store.get(name);
  };
  const staging = stage({
    store: { ...lab.store, get },
    report: (phase) => {
      if (phase === 'loading') killing ??= kill();
    },
  });
  await expect(staging).rejects.toThrow();
  expect(killing).not.toBeNull();
  expect(await stagesLeft()).toEqual([]);
});

/** Our migrations and more, as in a later version of the server. */
async function laterVersion(): Promise<{ root: string; structure: StructureVersion }> {
  const root = await mkdtemp(path.join(tmpdir(), 'fiberkeep-later-'));
  await cp(path.resolve('prisma/plant'), root, { recursive: true });
  const add = async (name: string, sql: string) => {
    await mkdir(path.join(root, 'migrations', name));
    await writeFile(path.join(root, 'migrations', name, 'migration.sql'), sql);
  };
  await add(
    '29990101000000_height',
    `ALTER TABLE "pole" ADD COLUMN "height" INTEGER NOT NULL DEFAULT 0;
     UPDATE "pole" SET "height" = length("name");
     CREATE INDEX "pole_height_idx" ON "pole" ("height");`,
  );
  await add(
    '29990201000000_masts',
    `CREATE TABLE "mast" ("id" UUID NOT NULL PRIMARY KEY, "pole_id" UUID NOT NULL REFERENCES "pole" ("id"));
     INSERT INTO "mast" SELECT gen_random_uuid(), "id" FROM "pole";`,
  );
  const folder = path.join(root, 'migrations');
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort();
  const checksumOf = async (name: string) =>
    sha256(await readFile(path.join(folder, name, 'migration.sql')));
  const structure = names.map(async (name) => ({ name, checksum: await checksumOf(name) }));
  return { root, structure: await Promise.all(structure) };
}

test('a backup of an older structure is brought forward, its rows with it', async () => {
  const later = await laterVersion();
  const migrations = later.structure.map(({ name }) => name);
  const staged = await stage({
    structure: later.structure,
    migrate: async (schema, through) => {
      await lab.sql(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      const upTo = through ? migrations.indexOf(through) + 1 : migrations.length;
      await applyMigrations(lab.url, schema, later.root, migrations.slice(0, upTo));
    },
  });
  expect(staged.migrationsRun).toEqual(['29990101000000_height', '29990201000000_masts']);
  const { rows } = await lab.sql(
    `SELECT (SELECT count(*)::int FROM plant.pole) AS poles, (SELECT count(*)::int FROM ${STAGE}.mast) AS masts,
            (SELECT bool_and(height = length(name)) FROM ${STAGE}.pole) AS heights`,
  );
  expect(rows[0]).toEqual({ poles: 300, masts: 300, heights: true });
  expect(staged.tables).toContainEqual({ name: 'mast', rows: 300 });
  await rm(later.root, { recursive: true });
});

test('a backup of a newer structure is refused before anything is built', async () => {
  const newer = [...structure, { name: '29990101000000_height', checksum: '00'.repeat(32) }];
  let built = false;
  const staging = stage({
    manifest: { ...manifest, structure: newer },
    migrate: async () => {
      built = true;
    },
  });
  await expect(staging).rejects.toMatchObject({ code: 'STRUCTURE_NEWER' });
  expect(built).toBe(false);
});

test('a backup with a migration of another checksum is refused', async () => {
  const other = structure.map((one) => ({ ...one, checksum: '00'.repeat(32) }));
  await expect(stage({ manifest: { ...manifest, structure: other } })).rejects.toMatchObject({
    code: 'STRUCTURE_DIFFERENT',
  });
});

test('rows that a migration inserts are replaced by the backup’s', async () => {
  const staged = await stage({
    migrate: async (schema, through) => {
      await migrate(lab.url, 'plant', schema, through);
      await lab.sql(`INSERT INTO ${schema}.tag (id, name) VALUES (gen_random_uuid(), 'urgent')`);
    },
  });
  expect(staged.tables).toContainEqual({ name: 'tag', rows: 1 });
});
