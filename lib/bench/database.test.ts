import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '#launcher/postgres/embedded.ts';
import { openDatabase } from './database.ts';

/** A server whose autovacuum begins at once and takes long, and whose role is no superuser. */
async function openVacuuming(): Promise<{ url: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-vacuum-'));
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres(path.join(folder, 'postgres'), {
    roleOptions: 'CREATEDB',
    settings: {
      fsync: 'off',
      autovacuum_naptime: '1s',
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: '1',
    },
    say: () => {},
    signal: new AbortController().signal,
  });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('a database is dropped while autovacuum is in it and somebody uses it', async () => {
  await using server = await openVacuuming();
  const database = await openDatabase(server.url);
  const user = new pg.Client({ connectionString: database.url });
  user.on('error', () => {});
  await user.connect();
  await user.query(
    'CREATE TABLE t AS SELECT n, repeat(n::text, 50) FROM generate_series(1, 200000) n',
  );
  await user.query('DELETE FROM t WHERE n % 2 = 0');
  await expect.poll(() => vacuuming(user), { timeout: 60_000 }).toBeGreaterThan(0);
  await database[Symbol.asyncDispose]();
  const [left] = await onServer(server.url, "SELECT FROM pg_database WHERE datname LIKE 'bench%'");
  expect(left).toBeUndefined();
  await user.end().catch(() => {});
}, 120_000);

/** Who is no superuser sees of an autovacuum worker that it is there, and is nobody's. */
async function vacuuming(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    'SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename IS NULL',
  );
  return rows.length;
}

async function onServer(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
