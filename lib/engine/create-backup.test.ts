import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BackupLab, copyDigest, openBackupLab } from '../testing/backups.ts';
import { readManifest } from './read-backup.ts';
import type { Manifest } from './types.ts';

let lab: BackupLab;
beforeAll(async () => {
  lab = await openBackupLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Every table of the backup reads back as COPY gives it now. */
async function expectSameAsNow(manifest: Manifest, schema = 'plant'): Promise<void> {
  const client = await lab.connect();
  try {
    const now: Record<string, string> = {};
    for (const table of manifest.tables)
      now[table.name] = await copyDigest(client, schema, table.name);
    expect(await lab.digests(manifest)).toEqual(now);
    for (const table of manifest.tables) expect(table.sha256).toBe(now[table.name]);
  } finally {
    await client.end();
  }
}

describe('createBackup', () => {
  test('holds every table of the plant as COPY gives it, and reads its manifest back', async () => {
    await lab.sql(
      `INSERT INTO plant.setting (key, value) SELECT 'k' || i, to_jsonb(i) FROM generate_series(1, 5000) i`,
    );
    const made = await lab.create();
    expect(made.manifest.tables.map(({ name }) => name)).toContain('setting');
    expect(made.manifest.tables.map(({ name }) => name)).not.toContain('_prisma_migrations');
    expect(await readManifest(lab.store, lab.keys, made.manifestObject)).toEqual(made.manifest);
    await expectSameAsNow(made.manifest);
  });

  test('holds rows and names of every hostile kind', async () => {
    const schema = 'Hostile "plant"';
    const quoted = '"Hostile ""plant"""';
    await lab.sql(`CREATE SCHEMA ${quoted}`);
    await lab.sql(`CREATE TABLE ${quoted}."tab\tle ""x"" ünï" ("a b" text, "select" int, "ü""" bytea,
      made text GENERATED ALWAYS AS ("a b" || '!') STORED)`);
    await lab.sql(`INSERT INTO ${quoted}."tab\tle ""x"" ünï" VALUES
      (E'tab\\there', 1, '\\x00ff'), (E'new\\nline\\r\\n', NULL, ''), (E'back\\\\slash \\\\. \\\\N', 3, NULL),
      ('', 4, '\\x0a0d'), (NULL, NULL, NULL), ('\u{1F9F5} fibra ção', -5, '\\xdeadbeef'), (E'\\b\\f\\v', 6, NULL)`);
    await lab.sql(`CREATE TABLE ${quoted}.empty (a int)`);
    await lab.sql(`CREATE TABLE ${quoted}.no_columns (a int, b int)`);
    await lab.sql(`INSERT INTO ${quoted}.no_columns SELECT i FROM generate_series(1, 1000) i`);
    await lab.sql(`ALTER TABLE ${quoted}.no_columns DROP COLUMN a, DROP COLUMN b`);
    await lab.sql(`CREATE TABLE ${quoted}.dropped (a int, b text, c text)`);
    await lab.sql(`INSERT INTO ${quoted}.dropped VALUES (1, 'two', 'three')`);
    await lab.sql(`ALTER TABLE ${quoted}.dropped DROP COLUMN b`);
    await lab.sql(`CREATE TABLE ${quoted}.huge (a text)`);
    await lab.sql(
      `INSERT INTO ${quoted}.huge VALUES ('small'), (repeat(md5('x') || E'\\n', 900000)), ('small')`,
    );
    const made = await lab.create({ schema });
    await expectSameAsNow(made.manifest, schema);
    const table = (name: string) => made.manifest.tables.find((found) => found.name === name);
    expect(table('no_columns')).toMatchObject({ rows: 1000, columns: [], bytes: 1000 });
    expect(table('empty')).toMatchObject({ rows: 0, bytes: 0, rope: [] });
    expect(table('dropped')).toMatchObject({ columns: ['a', 'c'] });
    expect(table('huge')?.rows).toBe(3);
    expect(table('huge')?.bytes).toBeGreaterThan(30_000_000);
  });
});
