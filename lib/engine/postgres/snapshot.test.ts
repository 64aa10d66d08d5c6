import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { lockTable, openSnapshot } from './snapshot.ts';

let database: TestDatabase;
let other: pg.Client;
beforeAll(async () => {
  database = await openTestDatabase({ migrated: false });
  other = await database.connect();
});
afterAll(async () => {
  await other.end();
  await database[Symbol.asyncDispose]();
});

const never = new AbortController().signal;

async function makePlant(schema: string, marker: number): Promise<void> {
  await other.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.a (n int); CREATE TABLE ${schema}.b (n int);
    INSERT INTO ${schema}.a VALUES (${marker}); INSERT INTO ${schema}.b VALUES (${marker})`);
}

describe('a snapshot', () => {
  test('shows its readers one instant, whatever is written later', async () => {
    await makePlant('plant_a', 1);
    await using snapshot = await openSnapshot(database.connect, 'plant_a', never);
    await other.query('INSERT INTO plant_a.a VALUES (2); INSERT INTO plant_a.b VALUES (2)');
    const reader = await snapshot.openReader();
    for (const client of [snapshot.client, reader])
      expect((await client.query('SELECT n FROM plant_a.a')).rows).toEqual([{ n: 1 }]);
  });

  test('keeps its tables from being dropped while it is open, and lets go of them after', async () => {
    await makePlant('plant_b', 1);
    const snapshot = await openSnapshot(database.connect, 'plant_b', never);
    await other.query(`SET lock_timeout TO '200ms'`);
    await expect(other.query('DROP TABLE plant_b.a')).rejects.toMatchObject({ code: '55P03' });
    await snapshot[Symbol.asyncDispose]();
    await other.query('DROP TABLE plant_b.a; RESET lock_timeout');
  });

  test('reads the tables that it locked, never those that a swap put in their place', async () => {
    await makePlant('plant_c', 1);
    await makePlant('plant_new', 2);
    await using snapshot = await openSnapshot(database.connect, 'plant_c', never);
    const reader = await snapshot.openReader();
    const [first] = snapshot.tables;
    if (!first) throw new Error('no table');
    const check = await lockTable(reader, 'plant_c', first);
    await check();
    await other.query(
      'ALTER SCHEMA plant_c RENAME TO plant_old; ALTER SCHEMA plant_new RENAME TO plant_c',
    );
    // The name now means the other plant to this reader: the check after the read notices.
    expect((await reader.query('SELECT n FROM plant_c.a')).rows).toEqual([{ n: 2 }]);
    await expect(check()).rejects.toMatchObject({ code: 'PLANT_BUSY' });
    const late = await snapshot.openReader();
    await expect(lockTable(late, 'plant_c', first)).rejects.toMatchObject({ code: 'PLANT_BUSY' });
  });

  test('never mixes two plants that are swapped all the time', async () => {
    await makePlant('plant_d', 1);
    await makePlant('plant_e', 2);
    let swapping = true;
    // On a busy machine a snapshot needs longer than that between two swaps.
    let calmMs = 40;
    const swaps = (async () => {
      while (swapping) {
        await sleep(Math.random() < 0.5 ? 0 : calmMs);
        await other.query(`BEGIN; LOCK TABLE plant_d.a, plant_d.b IN EXCLUSIVE MODE; ALTER SCHEMA plant_d RENAME TO plant_x;
          ALTER SCHEMA plant_e RENAME TO plant_d; ALTER SCHEMA plant_x RENAME TO plant_e; COMMIT`);
      }
    })();
    let read = 0;
    let refused = 0;
    for (let round = 0; round < 60 || read === 0; round++) {
      if (round % 20 === 19 && read === 0) calmMs *= 2;
      try {
        await using snapshot = await openSnapshot(database.connect, 'plant_d', never);
        const reader = await snapshot.openReader();
        const found: number[] = [];
        for (const table of snapshot.tables) {
          const check = await lockTable(reader, 'plant_d', table);
          const { rows } = await reader.query(`SELECT n FROM plant_d.${table.name}`);
          await check();
          found.push(rows[0].n);
        }
        await snapshot.confirm();
        expect(found[0]).toBe(found[1]);
        read++;
      } catch (error) {
        if ((error as { code?: string }).code !== 'PLANT_BUSY') throw error;
        refused++;
      }
    }
    swapping = false;
    await swaps;
    expect([read > 0, refused > 0]).toEqual([true, true]);
  });

  test('notices a swap and its undo while it was read', async () => {
    await makePlant('plant_h', 1);
    await using snapshot = await openSnapshot(database.connect, 'plant_h', never);
    await other.query('ALTER SCHEMA plant_h RENAME TO plant_i');
    await other.query('ALTER SCHEMA plant_i RENAME TO plant_h');
    await expect(snapshot.confirm()).rejects.toMatchObject({ code: 'PLANT_BUSY' });
  });

  test('of a schema without tables is empty', async () => {
    await other.query('CREATE SCHEMA plant_empty');
    await using snapshot = await openSnapshot(database.connect, 'plant_empty', never);
    expect(snapshot.tables).toEqual([]);
  });

  test('of a schema that does not exist is refused, not empty', async () => {
    const opening = openSnapshot(database.connect, 'plant_nowhere', never);
    await expect(opening).rejects.toMatchObject({ code: 'PLANT_BUSY' });
  });

  test('that is aborted closes every connection and says why', async () => {
    await makePlant('plant_f', 1);
    const cancel = new AbortController();
    const reason = new Error('enough');
    await using snapshot = await openSnapshot(database.connect, 'plant_f', cancel.signal);
    const reader = await snapshot.openReader();
    cancel.abort(reason);
    await expect(reader.query('SELECT 1')).rejects.toThrow();
    await expect(snapshot.openReader()).rejects.toBe(reason);
  });

  test('reads the same bytes whatever the connection was set to', async () => {
    await other.query(`DROP SCHEMA IF EXISTS plant_g CASCADE; CREATE SCHEMA plant_g;
      CREATE TABLE plant_g.t (at timestamptz, span interval, ratio float8, raw bytea);
      INSERT INTO plant_g.t VALUES ('2026-02-03 04:05:06.789+00', '1 year 2 days', 0.1, '\\x00ff')`);
    const odd = async () => {
      const client = await database.connect();
      await client.query(`SET datestyle TO 'German'; SET timezone TO 'America/Sao_Paulo'; SET intervalstyle TO 'iso_8601';
        SET extra_float_digits TO -5; SET bytea_output TO 'escape'; SET search_path TO plant_g`);
      return client;
    };
    await using snapshot = await openSnapshot(odd, 'plant_g', never);
    const { rows } = await snapshot.client.query(
      'SELECT at::text, span::text, ratio::text, raw::text FROM plant_g.t',
    );
    expect(rows).toEqual([
      { at: '2026-02-03 04:05:06.789+00', span: '1 year 2 days', ratio: '0.1', raw: '\\x00ff' },
    ]);
  });
});
