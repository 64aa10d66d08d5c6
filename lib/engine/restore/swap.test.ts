import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { type Swap, swapPlant } from './swap.ts';

let database: TestDatabase;
let opened: pg.Client[];

beforeEach(async () => {
  database = await openTestDatabase({ migrated: false });
  opened = [];
  const client = await connect();
  for (const [schema, name] of [
    ['plant', 'before'],
    ['plant_stage_01', 'backup'],
  ] as const)
    await client.query(`
      CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.pole (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
      CREATE TABLE ${schema}.box (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        pole_id uuid NOT NULL REFERENCES ${schema}.pole (id) ON DELETE CASCADE, note text);
      INSERT INTO ${schema}.pole (id, name) VALUES ('00000000-0000-7000-8000-000000000001', '${name}')`);
});

afterEach(async () => {
  await Promise.allSettled(opened.map((client) => client.end()));
  await database?.[Symbol.asyncDispose]();
});

async function connect(): Promise<pg.Client> {
  const client = await database.connect();
  client.on('error', () => {}); // a test may end it from outside
  opened.push(client);
  return client;
}

function swap<T>(client: pg.Client, settle: () => Promise<T>, more: Partial<Swap<T>> = {}) {
  return swapPlant({
    client,
    plant: 'plant',
    outgoing: 'plant_prev_01',
    claim: async () => 'plant_stage_01',
    settle,
    ...more,
  });
}

async function names(client: pg.Client, schema: string): Promise<string[]> {
  const { rows } = await client.query(`SELECT name FROM ${schema}.pole ORDER BY name`);
  return rows.map((row) => row.name);
}

test('every acknowledged write of 8 writers is in the kept plant or in the new one', async () => {
  const acknowledged: string[] = [];
  let stop = false;
  const write = async (number: number) => {
    const client = await connect();
    for (let turn = 0; !stop; turn++) {
      const name = `w${number}-${turn}`;
      if (turn % 2)
        await client.query({
          name: 'pole',
          text: 'INSERT INTO plant.pole (name) VALUES ($1)',
          values: [name],
        });
      else await writeBoth(client, name);
      acknowledged.push(name);
    }
  };
  const writers = Array.from({ length: 8 }, (_, number) => write(number));
  const moreWrites = async () => {
    for (const enough = acknowledged.length + 32; acknowledged.length < enough; ) await sleep(5);
  };
  const client = await connect();
  try {
    await moreWrites();
    await swap(client, async () => 'settled', { budgetMs: 60_000 });
    await moreWrites();
  } finally {
    stop = true;
    await Promise.all(writers);
  }
  const [kept, now] = [await names(client, 'plant_prev_01'), await names(client, 'plant')];
  const found = new Set([...kept, ...now]);
  expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
  expect(kept.length).toBeGreaterThan(8);
  expect(now.length).toBeGreaterThan(8);
});

/** Statements and a pause in one transaction, so that the swap meets open ones. */
async function writeBoth(client: pg.Client, name: string): Promise<void> {
  await client.query('BEGIN');
  const { rows } = await client.query({
    name: 'both',
    text: 'INSERT INTO plant.pole (name) VALUES ($1) RETURNING id',
    values: [name],
  });
  await sleep(2);
  await client.query({
    name: 'box',
    text: 'INSERT INTO plant.box (pole_id) VALUES ($1)',
    values: [rows[0].id],
  });
  await client.query('COMMIT');
}

test('a long reader neither stops the swap nor is stopped by it', async () => {
  const reader = await connect();
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  expect(await names(reader, 'plant')).toEqual(['before']);
  await swap(await connect(), async () => {});
  const { rows } = await reader.query('SELECT count(*)::int AS count FROM plant.pole');
  expect(rows[0].count).toBe(1);
  await reader.query('COMMIT');
});

test('a writer that stays in its transaction makes the swap give up with PLANT_BUSY, nothing changed', async () => {
  const writer = await connect();
  await writer.query(`BEGIN; INSERT INTO plant.box (pole_id) SELECT id FROM plant.pole`);
  let settled = false;
  const markSettled = async () => {
    settled = true;
  };
  const refused = swap(await connect(), markSettled, { budgetMs: 400 });
  await expect(refused).rejects.toMatchObject({ code: 'PLANT_BUSY' });
  expect(settled).toBe(false);
  await writer.query('COMMIT');
  expect(await names(writer, 'plant')).toEqual(['before']);
});

test('a waiting swap lets writers through between its attempts', async () => {
  const holder = await connect();
  await holder.query(`BEGIN; INSERT INTO plant.box (pole_id) SELECT id FROM plant.pole`);
  const waiting = swap(await connect(), async () => {}, { budgetMs: 60_000 });
  const writer = await connect();
  // The holder ends only after them: a writer that waited for the swap would wait for ever.
  for (let turn = 0; turn < 20; turn++) {
    await writer.query('INSERT INTO plant.pole (name) VALUES ($1)', [`w${turn}`]);
    await sleep(5);
  }
  await holder.query('COMMIT');
  await waiting;
  expect(await names(writer, 'plant')).toEqual(['backup']);
});

test('when settle throws, its writes are undone with the swap', async () => {
  const client = await connect();
  const failing = async () => {
    await client.query(`INSERT INTO plant_stage_01.pole (name) VALUES ('half')`);
    throw new Error('no');
  };
  await expect(swap(client, failing)).rejects.toThrow('no');
  expect(await names(client, 'plant')).toEqual(['before']);
  expect(await names(client, 'plant_stage_01')).toEqual(['backup']);
});

/** The server ends the swap's connection just before the statement that begins like this. */
const steps = ['BEGIN', 'SET LOCAL', 'LOCK TABLE', 'ALTER SCHEMA', 'COMMIT'];

test.each(steps)(
  'a swap killed before %s leaves the plant as it was, and can be done again',
  async (step) => {
    const client = await connect();
    const killer = await connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
    const intercepted = async (...given: unknown[]) => {
      if (String(given[0]).startsWith(step)) {
        await killer.query('SELECT pg_terminate_backend($1, 5000)', [rows[0].pid]);
      }
      return query(...given);
    };
    Object.assign(client, { query: intercepted });
    await expect(swap(client, async () => {})).rejects.toThrow();
    expect(await names(killer, 'plant')).toEqual(['before']);
    expect(await names(killer, 'plant_stage_01')).toEqual(['backup']);
    await swap(killer, async () => {});
    expect(await names(killer, 'plant')).toEqual(['backup']);
    expect(await names(killer, 'plant_prev_01')).toEqual(['before']);
  },
);

test('after the swap, a foreign key is checked in the new plant', async () => {
  const client = await connect();
  const insert = () =>
    client.query({
      name: 'box',
      text: 'INSERT INTO plant.box (pole_id) VALUES ($1)',
      values: ['00000000-0000-7000-8000-000000000001'],
    });
  await insert();
  const other = await connect();
  await other.query(`UPDATE plant_stage_01.pole SET id = gen_random_uuid()`);
  await swap(other, async () => {});
  await expect(insert()).rejects.toMatchObject({ code: '23503' });
});
