import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of the bench's own on the server of `serverUrl`; disposing drops it. */
export async function openDatabase(
  serverUrl: string,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const database = `bench_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${database}`);
  return {
    url: Object.assign(new URL(serverUrl), { pathname: `/${database}` }).toString(),
    [Symbol.asyncDispose]: () => onServer(serverUrl, `DROP DATABASE ${database}`),
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
