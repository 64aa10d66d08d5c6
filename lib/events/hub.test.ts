import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { sqlRunnerOn } from '#vault/client.ts';
import { publish } from './channel.ts';
import { subscribe } from './hub.ts';
import { EventQueue, type HubEvent } from './queue.ts';

let opened: TestServer;

beforeAll(async () => {
  opened = await openTestServer();
});

afterAll(() => opened[Symbol.asyncDispose]());

const next = async (queue: EventQueue): Promise<HubEvent> => (await queue.next()).value;
const id = '01990000-0000-7000-8000-000000000001';

test('an event reaches every reader when its transaction commits, and nobody when it does not', async () => {
  const readers = [subscribe(opened.database.url), subscribe(opened.database.url)];
  for (const reader of readers) expect((await next(reader)).kind).toBe('REFETCH');
  const { vault } = opened.server;
  await vault
    .$transaction(async (tx) => {
      await publish(tx, { kind: 'BACKUPS_CHANGED', id: null });
      throw new Error('rolled back');
    })
    .catch(() => {});
  await vault.$transaction((tx) => publish(tx, { kind: 'JOBS_CHANGED', id }));
  for (const reader of readers) {
    expect(await next(reader)).toEqual({ kind: 'JOBS_CHANGED', id });
    reader.close();
  }
});

test('the readers of a process share one connection, which ends with the last of them', async () => {
  const listeners = async () => {
    const { rows } = await opened.server.pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND query ILIKE 'LISTEN%'`,
    );
    return rows[0].n;
  };
  const readers = [subscribe(opened.database.url), subscribe(opened.database.url)];
  for (const reader of readers) await next(reader);
  expect(await listeners()).toBe(1);
  for (const reader of readers) reader.close();
  await expect.poll(listeners).toBe(0);
});

test('after the connection broke, readers are told to read again and then receive events as before', async () => {
  const reader = subscribe(opened.database.url);
  await next(reader);
  const client = await opened.database.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query ILIKE 'LISTEN%'`,
  );
  expect((await next(reader)).kind).toBe('REFETCH');
  await publish(sqlRunnerOn(client), { kind: 'RESTORES_CHANGED', id });
  expect(await next(reader)).toEqual({ kind: 'RESTORES_CHANGED', id });
  reader.close();
  await client.end();
});

test('notifications of others on the channel are ignored', async () => {
  const reader = subscribe(opened.database.url);
  await next(reader);
  for (const text of ['', 'null', '{"kind":"EVIL","id":null}', '[1', 'x'.repeat(7000)])
    await opened.server.pool.query("SELECT pg_notify('fiberkeep', $1)", [text]);
  await publish(opened.server.vault, { kind: 'JOBS_CHANGED', id });
  expect((await next(reader)).kind).toBe('JOBS_CHANGED');
  reader.close();
});

test('leaving the loop ends a waiting read at once', async () => {
  const reader = subscribe(opened.database.url);
  await next(reader);
  const waiting = reader.next();
  await reader.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('a reader that does not read costs bounded memory and still learns of a swap', async () => {
  const queue = new EventQueue(() => {});
  for (let n = 0; n < 200; n++) queue.push({ kind: 'JOBS_CHANGED', id: String(n) });
  queue.push({ kind: 'PLANT_SWAPPED', id: null });
  for (let n = 0; n < 100_000; n++) queue.push({ kind: 'JOB_PROGRESS', id: String(n % 5_000) });
  const waiting: HubEvent[] = [];
  queue.push({ kind: 'JOBS_CHANGED', id: 'last' });
  for (let more = true; more; ) {
    waiting.push(await next(queue));
    more = waiting.at(-1)?.id !== 'last';
  }
  expect(waiting.length).toBeLessThan(300);
  expect(waiting.map(({ kind }) => kind)).toContain('REFETCH');
  expect(waiting.map(({ kind }) => kind)).toContain('PLANT_SWAPPED');
  expect(waiting.at(-1)).toEqual({ kind: 'JOBS_CHANGED', id: 'last' });
});
