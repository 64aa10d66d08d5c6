import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import type { CreatedBackup } from '../backup/create.ts';
import type { CreateRequest } from '../backup/request.ts';
import { SHARES } from './compared-share.ts';
import type { WholeReason } from './fits.ts';
import { type RowMap, readRowMap } from './row-map.ts';

let lab: BackupLab;
const schema = 'mapped';
beforeAll(async () => {
  lab = await openBackupLab();
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(async () => {
  await lab.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await lab.sql(`CREATE SCHEMA ${schema}`);
  await lab.sql(`CREATE TABLE ${schema}.t (id int PRIMARY KEY, a int, b text)`);
  await lab.sql(
    `INSERT INTO ${schema}.t SELECT i, i % 7, md5(i::text) FROM generate_series(1, 5000) i`,
  );
});

async function mapOf(made: CreatedBackup): Promise<RowMap> {
  const map = made.rowMap && (await readRowMap(lab.store, lab.keys, made.rowMap.object));
  if (!map) throw new Error('The backup has no row map');
  return map;
}

/** A backup that reads by the map of the one before; `alter`: changes what that map says. */
async function next(
  before: CreatedBackup | null,
  {
    turn = 0,
    alter = (map: RowMap) => map,
    ...options
  }: { turn?: number; alter?: (map: RowMap) => RowMap } & Partial<CreateRequest> = {},
): Promise<CreatedBackup> {
  const known = before && {
    map: alter(await mapOf(before)),
    manifest: before.manifest,
    turn,
  };
  const made = await lab.create({ schema, known, previous: before?.manifest ?? null, ...options });
  const client = await lab.connect();
  try {
    const found = await lab.digests(made.manifest);
    for (const { name } of made.manifest.tables)
      expect(found[name], name).toBe(await copyDigest(client, schema, name));
  } finally {
    await client.end();
  }
  return made;
}

function howRead(made: CreatedBackup, table = 't'): WholeReason | null | undefined {
  return made.reads.find((read) => read.table === table)?.whole;
}

test('a backup without a map reads whole, and the next reads only what changed', async () => {
  const first = await next(null);
  expect(howRead(first)).toBe('noMap');
  const same = await next(first);
  expect(howRead(same)).toBe(null);
  expect(same.manifest.tables).toEqual(first.manifest.tables);
  await lab.sql(`UPDATE ${schema}.t SET a = a + 1 WHERE id % 100 = 3`);
  await lab.sql(`DELETE FROM ${schema}.t WHERE id BETWEEN 1000 AND 1100`);
  await lab.sql(`INSERT INTO ${schema}.t VALUES (0, NULL, E'new\\tline\\n')`);
  const changed = await next(same);
  expect(howRead(changed)).toBe(null);
  const [table] = changed.manifest.tables;
  expect(table).toMatchObject({ rows: 4900, sha256: null });
  expect(await next(changed)).toMatchObject({ manifest: { tables: changed.manifest.tables } });
});

void createHash;
void randomUUID;
void SHARES;
void describe;
