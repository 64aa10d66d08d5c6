import { execFile, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Decrypter } from 'age-encryption';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveOf } from '#testing/archives.ts';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { fillPlant } from '#testing/plant-rows.ts';
import type { CreatedBackup } from '../backup/create.ts';
import { copyIn } from '../postgres/copy-in.ts';
import { encodeIdentity } from './container/age/x25519.ts';

/**
 * FORMAT.md promises that an archive and the recovery kit are enough. Each way on this machine opens the archive
 * without our programs, and loads its tables into an empty structure.
 */
const run = promisify(execFile);

let lab: BackupLab;
let backup: CreatedBackup;
let folder: string;

beforeAll(async () => {
  lab = await openBackupLab();
  const client = await lab.connect();
  await fillPlant(client, { poles: 3000 });
  await client.end();
  backup = await lab.create();
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-stock-'));
  await writeFile(path.join(folder, 'NAME.tar.gz.doz'), await archiveOf(lab, backup));
  await writeFile(path.join(folder, 'recovery.txt'), `${encodeIdentity(lab.keys.recovery)}\n`);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Table {
  readonly name: string;
  readonly entry: string;
  readonly columns: readonly string[];
}

interface Way {
  /** Leaves the entries in the folder. */
  unpack(): Promise<void>;
  load(url: string, table: Table): Promise<void>;
}

const libraries: Way = {
  async unpack() {
    const decrypter = new Decrypter();
    decrypter.addIdentity((await readFile(path.join(folder, 'recovery.txt'), 'utf8')).trim());
    const archive = await readFile(path.join(folder, 'NAME.tar.gz.doz'));
    await writeFile(
      path.join(folder, 'inner.tar.gz'),
      await decrypter.decrypt(new Uint8Array(archive)),
    );
    await run('tar', ['xzf', 'inner.tar.gz'], { cwd: folder });
  },
  async load(url, { name, entry, columns }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const list = columns.map((column) => client.escapeIdentifier(column));
    const copy = `COPY plant.${client.escapeIdentifier(name)} (${list.join(', ')}) FROM STDIN`;
    await copyIn(client, copy, createReadStream(path.join(folder, entry)));
    await client.end();
  },
};

const programs: Way = {
  async unpack() {
    const command = 'set -o pipefail; age -d -i recovery.txt NAME.tar.gz.doz | tar xz';
    await run('bash', ['-c', command], { cwd: folder });
  },
  async load(url, { name, entry, columns }) {
    const list = columns.map((column) => `"${column}"`).join(', ');
    const copy = `\\copy plant."${name}" (${list}) from '${entry}'`;
    await run('psql', [url, '-X', '-v', 'ON_ERROR_STOP=1', '-c', copy], {
      cwd: folder,
      env: { ...process.env, PGCLIENTENCODING: 'UTF8' },
    });
  },
};

const ways: [string, Way][] = [['age-encryption, tar and COPY', libraries]];
const installed = (program: string) => spawnSync(program, ['--version']).status === 0;
if (installed('age') && installed('psql')) ways.push(['age | tar, then psql', programs]);

test.each(ways)('an archive comes back by %s alone', async (_way, { unpack, load }) => {
  await using empty = await openTestDatabase();
  await unpack();
  const { tables } = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as {
    tables: Table[];
  };
  await withoutForeignKeys(empty, async () => {
    for (const table of tables) await load(empty.url, table);
  });
  const client = await empty.connect();
  const digests = [];
  for (const { name } of tables) digests.push([name, await copyDigest(client, 'plant', name)]);
  await client.end();
  expect(digests).toEqual(backup.manifest.tables.map(({ name, sha256 }) => [name, sha256]));
  expect(backup.manifest.tables.find(({ name }) => name === 'pole')?.rows).toBe(3000);
});

/** Drops the foreign keys, and adds them again after `work`, which validates every one of them. */
async function withoutForeignKeys(database: TestDatabase, work: () => Promise<void>) {
  const client = await database.connect();
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name,
            pg_get_constraintdef(oid) AS definition
       FROM pg_constraint WHERE contype = 'f' AND connamespace = 'plant'::regnamespace`,
  );
  expect(rows.length).toBeGreaterThan(5);
  for (const { table, name } of rows)
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  await work();
  for (const { table, name, definition } of rows)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  await client.end();
}
