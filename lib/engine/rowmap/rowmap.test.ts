import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BackupLab, copyDigest, openBackupLab } from '#testing/backups.ts';
import type { CreatedBackup } from '../backup/create.ts';
import { manifestChunks } from '../backup/read.ts';
import type { CreateRequest } from '../backup/request.ts';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef } from '../ports.ts';
import { comparedBlocks, SHARES } from './compared-share.ts';
import type { WholeReason, XidWindow } from './fits.ts';
import { FETCH, mergePart, SKIP, TAKE } from './merge.ts';
import { PartRows, placeOf } from './part.ts';
import { type RowMap, readRowMap } from './row-map.ts';
import { unstableColumns } from './stable-types.ts';

let lab: BackupLab;
const schema = 'mapped';
/** The first one that compares a block of a table of some forty blocks. */
const COMPARED_TURN = 2;
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

describe('a map is not used, and the table is read whole,', () => {
  const plant = (change: object) => (map: RowMap) => ({
    ...map,
    plant: { ...map.plant, ...change },
  });
  const xids = (by: bigint) => (map: RowMap) =>
    plant({ xmin: map.plant.xmin + by, xmax: map.plant.xmax + by })(map);

  test.each<[string, WholeReason, (map: RowMap) => RowMap]>([
    ['of another cluster', 'otherCluster', plant({ cluster: '1' })],
    ['of another timeline of the log', 'otherTimeline', plant({ timeline: '000000FF' })],
    ['of another database', 'otherDatabase', plant({ database: 1 })],
    ['of another version of PostgreSQL', 'otherServerVersion', plant({ serverVersion: 1 })],
    ['whose text was read by other settings', 'otherCopySettings', plant({ copySettings: 'x' })],
    ['of a later snapshot: the disk was put back', 'xidsBackwards', xids(1_000_000n)],
    ['of so long ago that ids have gone round', 'xidsTooFar', xids(-(2n ** 30n))],
    ['that lacks the table', 'tableNotInMap', (map) => ({ ...map, tables: [] })],
    [
      'of another rope',
      'otherRope',
      (map) => ({ ...map, tables: map.tables.map((table) => ({ ...table, rope: '00' })) }),
    ],
  ])('%s', async (_what, reason, alter) => {
    const first = await next(null);
    expect(howRead(await next(first, { alter }))).toBe(reason);
  });

  test.each<[string, WholeReason, string]>([
    ['VACUUM FULL rewrote', 'fileChanged', `VACUUM FULL ${schema}.t`],
    ['CLUSTER rewrote', 'fileChanged', `CLUSTER ${schema}.t USING t_pkey`],
    ['TRUNCATE emptied', 'fileChanged', `TRUNCATE ${schema}.t`],
    [
      'another took the name of',
      'fileChanged',
      `CREATE TABLE ${schema}.n AS TABLE ${schema}.t; DROP TABLE ${schema}.t; ALTER TABLE ${schema}.n RENAME TO t`,
    ],
    [
      'a column with a default was added to',
      'structureChanged',
      `ALTER TABLE ${schema}.t ADD COLUMN c text DEFAULT 'one'`,
    ],
    [
      'a column was dropped from and added to again under its name',
      'structureChanged',
      `ALTER TABLE ${schema}.t DROP COLUMN b, ADD COLUMN b text DEFAULT 'two'`,
    ],
    [
      'a type was altered without a rewrite in',
      'structureChanged',
      `ALTER TABLE ${schema}.t ALTER b TYPE varchar`,
    ],
  ])('where %s the table', async (_what, reason, sql) => {
    const first = await next(null);
    await lab.sql(sql);
    const second = await next(first);
    expect(howRead(second)).toBe(reason);
    expect(howRead(await next(second))).toBe(null);
  });

  test('where the text of a column depends on other rows of the catalogue', async () => {
    await lab.sql(`CREATE TYPE ${schema}.mood AS ENUM ('sad', 'fine')`);
    await lab.sql(`CREATE DOMAIN ${schema}.feeling AS ${schema}.mood[]`);
    await lab.sql(`CREATE TABLE ${schema}.moods (mood ${schema}.mood)`);
    await lab.sql(`CREATE TABLE ${schema}.feelings (feeling ${schema}.feeling)`);
    await lab.sql(`CREATE TABLE ${schema}.named (what regclass, whole ${schema}.t)`);
    await lab.sql(`INSERT INTO ${schema}.moods VALUES ('sad')`);
    const first = await next(null);
    await lab.sql(`ALTER TYPE ${schema}.mood RENAME VALUE 'sad' TO 'blue'`);
    const second = await next(first);
    for (const table of ['moods', 'feelings', 'named'])
      expect(howRead(second, table)).toBe('unstableType');
    expect(howRead(second)).toBe(null);
  });

  test('where pieces of the rope itself are gone', async () => {
    const first = await next(null);
    const rope = first.manifest.tables[0]?.rope ?? [];
    for (const ref of rope) await rm(path.join(lab.folder, 'vault', chunkObject(ref)));
    expect(howRead(await next(first))).toBe('ropeUnreadable');
  });
});

test('types that keep their text are told from those that do not', async () => {
  await lab.sql(`CREATE DOMAIN ${schema}.code AS text`);
  await lab.sql(
    `CREATE TABLE ${schema}.kept (a uuid, b numeric[], c ${schema}.code, d jsonb, e timestamptz, f inet, g varchar(3), h name[])`,
  );
  const client = await lab.connect();
  expect(await unstableColumns(client, schema)).toEqual(new Map());
  await lab.sql(`CREATE TABLE ${schema}.lost (a money, b int4range, c aclitem, d regtype[])`);
  expect(await unstableColumns(client, schema)).toEqual(new Map([['lost', ['a', 'b', 'c', 'd']]]));
  await client.end();
});

test('rows of a transaction that commits after later ones are not lost', async () => {
  const slow = await lab.connect();
  await slow.query(`BEGIN; SAVEPOINT s; INSERT INTO ${schema}.t VALUES (-1, 0, 'slow'); RELEASE s`);
  const first = await next(null);
  await lab.sql(`INSERT INTO ${schema}.t VALUES (-2, 0, 'quick')`);
  const second = await next(first);
  await slow.query('COMMIT');
  await slow.end();
  const third = await next(second);
  expect([first, second, third].map(({ manifest }) => manifest.tables[0]?.rows)).toEqual([
    5000, 5001, 5002,
  ]);
  expect([second, third].map((made) => howRead(made))).toEqual([null, null]);
});

describe('a row at the same place under the same id', () => {
  const old = new PartRows();
  for (let pointer = 1; pointer <= 3; pointer++) old.push(placeOf(0, pointer), 700 + pointer, 10);
  const versions = Buffer.concat(
    [1, 2, 3].map((pointer) => {
      const version = Buffer.alloc(10);
      version.writeUInt16BE(pointer, 4);
      version.writeUInt32BE(700 + pointer, 6);
      return version;
    }),
  );
  const runsWhere = (window: XidWindow) =>
    mergePart({
      old,
      kept: new Uint8Array(3).fill(1),
      compared: { from: 0, to: 0 },
      spans: [{ from: 0, to: 1, rows: null }],
      versions: [versions],
      firstBlock: 0,
      window,
    }).runs.map(({ kind, rows }) => [kind, rows]);

  test('is taken over, whoever ran at the snapshot of the map', () => {
    expect(runsWhere({ from: 702, width: 9, haveGoneRound: false })).toEqual([[TAKE, 3]]);
  });

  test('is fetched where ids have gone round and the id was given out since', () => {
    expect(runsWhere({ from: 702, width: 1, haveGoneRound: true })).toEqual([
      [TAKE, 1],
      [FETCH, 1],
      [SKIP, 1],
      [TAKE, 1],
    ]);
  });

  test('is told by ids that begin again at 0', () => {
    const window = { from: 2 ** 32 - 5, width: 707, haveGoneRound: true };
    expect(runsWhere(window)).toEqual([
      [FETCH, 1],
      [SKIP, 1],
      [TAKE, 2],
    ]);
  });
});

describe('the share of the rows that is compared', () => {
  /** The first backup's rope under the second's map: the same places and sizes, other bytes. */
  async function mistakenFor(first: CreatedBackup, second: CreatedBackup) {
    const map = await mapOf(second);
    const rope = first.manifest.tables[0]?.digest ?? '';
    return { ...map, tables: map.tables.map((table) => ({ ...table, rope })) };
  }

  test('finds rows that are not what the map says; the table is then read whole', async () => {
    const first = await next(null);
    await lab.sql(`UPDATE ${schema}.t SET b = md5(b)`);
    await lab.sql(`VACUUM FULL ${schema}.t`);
    const second = await next(null);
    const map = await mistakenFor(first, second);
    const found: boolean[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const known = { map, manifest: first.manifest, turn };
      const made = await lab.create({ schema, known, previous: first.manifest });
      found.push(howRead(made) === 'rowsDiffer');
      if (howRead(made) === 'rowsDiffer')
        expect(await lab.digests(made.manifest)).toEqual(await lab.digests(second.manifest));
    }
    expect(found).toContain(true);
  });

  test('goes on with each backup, and comes to every block once in a hundred', () => {
    for (const blocks of [0, 1, 7, 99, 100, 101, 12_345]) {
      const shares = Array.from({ length: SHARES }, (_, turn) => comparedBlocks(blocks, turn));
      expect(shares[0]?.from).toBe(0);
      expect(shares.at(-1)?.to).toBe(blocks);
      for (const [turn, { from }] of shares.entries())
        if (turn > 0) expect(from).toBe(shares[turn - 1]?.to);
    }
  });

  test('of a chunk that does not open is stored anew', async () => {
    const first = await next(null);
    const refs: ChunkRef[] = [];
    for await (const ref of manifestChunks(lab.store, lab.keys, first.manifest)) refs.push(ref);
    const rope = new Set(first.manifest.tables.flatMap((table) => table.rope.map(chunkObject)));
    for (const ref of refs)
      if (!rope.has(chunkObject(ref))) await rm(path.join(lab.folder, 'vault', chunkObject(ref)));
    const second = await next(first, { turn: COMPARED_TURN });
    expect(howRead(second)).toBe('ropeUnreadable');
    expect(howRead(await next(second))).toBe(null);
  });
});

test('a large table is read part by part, and little of it is stored again', async () => {
  await lab.sql(
    `INSERT INTO ${schema}.t SELECT i, i % 7, repeat(md5(i::text), 12) FROM generate_series(5001, 60000) i`,
  );
  let last = await next(null);
  const whole = last.storedBytes;
  for (let night = 0; night < 4; night++) {
    await lab.sql(`UPDATE ${schema}.t SET a = a + 1 WHERE hashint4(id + ${night}) % 100 = 0`);
    last = await next(last, { turn: night });
    expect(howRead(last)).toBe(null);
    expect(last.storedBytes).toBeLessThan(whole * 0.05);
  }
  await lab.sql(`DELETE FROM ${schema}.t WHERE id > 20000`);
  await lab.sql(`VACUUM ${schema}.t`);
  last = await next(last);
  await lab.sql(`UPDATE ${schema}.t SET a = 0`);
  last = await next(last);
  expect(howRead(last)).toBe(null);
});
