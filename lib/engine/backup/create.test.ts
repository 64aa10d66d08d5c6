import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFileStore } from '#plant/file-store.ts';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef, Manifest } from '../ports.ts';
import { findDamage } from '../restore/find-damage.ts';
import type { CreatedBackup } from './create.ts';
import { manifestChunks, readFile as readBackupFile, readFileList, readManifest } from './read.ts';

let lab: BackupLab;
beforeAll(async () => {
  lab = await openBackupLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Expects that every table of the backup reads back as COPY gives it now. */
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

  test('made twice without a change stores nothing but its manifest', async () => {
    const first = await lab.create();
    const second = await lab.create({ previous: first.manifest });
    expect(second.manifest.tables).toEqual(first.manifest.tables);
    expect(second.storedBytes).toBeLessThan(10_000);
    const unmatched = await lab.create();
    expect(unmatched.storedBytes).toBeLessThan(10_000);
  });

  test('stores about one row in a hundred when one in a hundred changed at random', async () => {
    await fillSettings(60_000);
    const first = await lab.create();
    await lab.sql(
      `UPDATE plant.setting SET value = to_jsonb(md5('new' || key)) WHERE hashtext(key) % 100 = 0`,
    );
    const second = await lab.create({ previous: first.manifest });
    await expectSameAsNow(second.manifest);
    const table = second.manifest.tables.find(({ name }) => name === 'setting');
    expect(second.storedBytes).toBeLessThan(first.storedBytes * 0.03);
    expect(table?.rows).toBe(60_000);
    const third = await lab.create({ previous: second.manifest });
    expect(third.storedBytes).toBeLessThan(10_000);
  });

  test.each([
    [
      'a long stretch of rows is deleted',
      `DELETE FROM plant.setting WHERE key BETWEEN 'row 020000' AND 'row 045000'`,
    ],
    ['the first rows are deleted', `DELETE FROM plant.setting WHERE key < 'row 015000'`],
    [
      'rows are put into the gaps',
      `DELETE FROM plant.setting WHERE key BETWEEN 'row 010000' AND 'row 012000'`,
      `VACUUM plant.setting`,
      `INSERT INTO plant.setting SELECT 'gap ' || i, to_jsonb(md5(i::text)) FROM generate_series(1, 2000) i`,
    ],
  ])('finds its way again where %s', async (_what, ...changes) => {
    await fillSettings(60_000);
    const first = await lab.create();
    for (const change of changes) await lab.sql(change);
    const second = await lab.create({ previous: first.manifest });
    await expectSameAsNow(second.manifest);
    expect(second.storedBytes).toBeLessThan(first.storedBytes * 0.1);
  });

  test('holds a table that a later migration adds, and one with other columns', async () => {
    const first = await lab.create();
    await lab.sql('CREATE TABLE plant.added_later (id uuid PRIMARY KEY, note text)');
    await lab.sql(
      `INSERT INTO plant.added_later SELECT gen_random_uuid(), 'note ' || i FROM generate_series(1, 100) i`,
    );
    await lab.sql('ALTER TABLE plant.setting ADD COLUMN later text');
    const second = await lab.create({ previous: first.manifest });
    expect(second.manifest.tables.find(({ name }) => name === 'added_later')?.rows).toBe(100);
    await expectSameAsNow(second.manifest);
    await lab.sql('DROP TABLE plant.added_later');
    await lab.sql('ALTER TABLE plant.setting DROP COLUMN later');
  });

  test('holds one instant while people go on writing', async () => {
    await lab.sql('CREATE TABLE plant.ledger_a (n int)');
    await lab.sql('CREATE TABLE plant.ledger_b (n int)');
    const stop = new AbortController();
    const writer = (async () => {
      const client = await lab.connect();
      for (let n = 0; !stop.signal.aborted; n++)
        await client.query(
          `BEGIN; INSERT INTO plant.ledger_a VALUES (${n}); INSERT INTO plant.ledger_b VALUES (${n}); COMMIT`,
        );
      await client.end();
    })();
    let previous: Manifest | null = null;
    for (let round = 0; round < 5; round++) {
      const made: CreatedBackup = await lab.create({ previous });
      const rows = (name: string) =>
        made.manifest.tables.find((table) => table.name === name)?.rows;
      expect(rows('ledger_a')).toBe(rows('ledger_b'));
      previous = made.manifest;
    }
    stop.abort();
    await writer;
    await lab.sql('DROP TABLE plant.ledger_a, plant.ledger_b');
  });

  test('leaves no connection behind when it is cancelled, and no backup', async () => {
    await fillSettings(60_000);
    const cancel = new AbortController();
    const reason = new Error('cancelled by a test');
    const making = lab.create({
      signal: cancel.signal,
      report: (phase, done) => phase === 'tables' && done > 1_000_000 && cancel.abort(reason),
    });
    await expect(making).rejects.toBe(reason);
    const copying = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state <> 'idle'`;
    await expect.poll(async () => (await lab.sql(copying)).rowCount).toBe(0);
  });

  test('stores rows again that are damaged in the last backup, whose damage is found and named', async () => {
    await fillSettings(60_000);
    const first = await lab.create();
    const refs = await chunksOf(first.manifest);
    const [broken, gone] = refs.filter(({ plainBytes }) => plainBytes > 400_000);
    await flipByte(broken);
    await rm(fileOf(gone));
    const found = await damageIn(first.manifest);
    expect(found.problems.map(({ name, error }) => [name, error.code])).toEqual([
      ['setting', expect.stringMatching(/^CHUNK_(CORRUPT|MISSING)$/)],
    ]);
    const second = await lab.create({ previous: first.manifest });
    await expectSameAsNow(second.manifest);
    expect((await damageIn(second.manifest)).problems).toEqual([]);
    const names = (await chunksOf(second.manifest)).map(chunkObject);
    expect(names).not.toContain(chunkObject(broken as ChunkRef));
    expect(names).not.toContain(chunkObject(gone as ChunkRef));
  });

  test('fails early with DISK_FULL where the store has no room', async () => {
    const store = { ...lab.store, freeBytes: async () => 1_000_000n };
    await expect(lab.create({ store })).rejects.toMatchObject({ code: 'DISK_FULL' });
  });
});

describe('files of posts', () => {
  test('are taken once, read back whole, and cost nothing the second time', async () => {
    const files = await openFileStore(path.join(lab.folder, 'files'));
    const contents = [
      randomBytes(0),
      randomBytes(1),
      randomBytes(700_000),
      randomBytes(9_000_000),
      Buffer.alloc(3_000_000, 'fiber '),
    ];
    for (const bytes of contents) await addFile(files, bytes);
    const first = await lab.create({ files });
    expect(first).toMatchObject({ fileCount: contents.length, missingFiles: [] });
    expect(await readFiles(first.manifest)).toEqual(contents.map((bytes) => sha256(bytes)).sort());
    await addFile(files, randomBytes(20_000));
    const second = await lab.create({
      files,
      previous: first.manifest,
      previousWithFiles: first.manifest,
    });
    expect(second.storedBytes).toBeLessThan(40_000);
    expect(await readFiles(second.manifest)).toHaveLength(contents.length + 1);
    expect((await damageIn(second.manifest)).problems).toEqual([]);
  });

  test('that are gone or altered are named, and the backup is made without them', async () => {
    const files = await openFileStore(path.join(lab.folder, 'files'));
    const gone = sha256(randomBytes(10));
    await lab.sql('INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, 10)', [gone]);
    const altered = await addFile(files, randomBytes(5000));
    await writeFile(
      path.join(lab.folder, 'files', altered.slice(0, 2), altered),
      randomBytes(5000),
    );
    const made = await lab.create({ files });
    expect([...made.missingFiles].sort()).toEqual([gone, altered].sort());
    expect((await damageIn(made.manifest)).problems).toEqual([]);
    const later = await lab.create({ files, previousWithFiles: made.manifest });
    expect(later.missingFiles).toHaveLength(2);
  });

  test('that the backup does not hold are still counted', async () => {
    const made = await lab.create();
    const { rows } = await lab.sql('SELECT count(*)::int AS count FROM plant.stored_file');
    expect(made.manifest.files).toMatchObject({ count: rows[0].count, list: [] });
  });
});

async function fillSettings(rows: number): Promise<void> {
  await lab.sql('TRUNCATE plant.setting');
  await lab.sql(
    `INSERT INTO plant.setting (key, value) SELECT 'row ' || lpad(i::text, 6, '0'), to_jsonb(md5(i::text) || md5((i * 7)::text))
       FROM generate_series(1, $1::int) i`,
    [rows],
  );
}

function damageIn(manifest: Manifest) {
  const { store, keys } = lab;
  return findDamage({
    store,
    keys,
    manifest,
    report: () => {},
    signal: new AbortController().signal,
  });
}

async function chunksOf(manifest: Manifest): Promise<ChunkRef[]> {
  const refs: ChunkRef[] = [];
  for await (const ref of manifestChunks(lab.store, lab.keys, manifest)) refs.push(ref);
  return refs;
}

function fileOf(ref: ChunkRef | undefined): string {
  if (!ref) throw new Error('The backup has fewer chunks than the test needs');
  return path.join(lab.folder, 'vault', chunkObject(ref));
}

async function flipByte(ref: ChunkRef | undefined): Promise<void> {
  const bytes = await readFile(fileOf(ref));
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  await writeFile(fileOf(ref), bytes);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function addFile(files: Awaited<ReturnType<typeof openFileStore>>, bytes: Buffer) {
  const digest = sha256(bytes);
  await files.write(
    digest,
    (async function* () {
      yield bytes;
    })(),
  );
  await lab.sql('INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, $2)', [
    digest,
    bytes.length,
  ]);
  return digest;
}

/** The digests of the files that the backup reads back, in its order. */
async function readFiles(manifest: Manifest): Promise<string[]> {
  const digests: string[] = [];
  for await (const entry of readFileList(lab.store, lab.keys, manifest)) {
    const hash = createHash('sha256');
    for await (const piece of readBackupFile(lab.store, lab.keys, entry)) hash.update(piece);
    digests.push(hash.digest('hex'));
  }
  return digests;
}
