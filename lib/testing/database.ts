import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A fresh database of its own for one test file: both planes migrated, nothing in them. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** One more connection; the test ends it. Losing it fails the statement under way only. */
  connect(): Promise<pg.Client>;
}

/**
 * Makes a database on the server that `TEST_DATABASE_URL` names (the test run starts one and sets it);
 * its role must be allowed to create databases. Disposing drops it, open connections and all.
 */
export async function openTestDatabase(
  options: { migrated?: boolean } = {},
): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests with `npm test`');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = (options.migrated ?? true) ? migratedTemplate() : 'template1';
  // Copying the files takes half the time of writing each page to the log.
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  const url = urlOf(server, name);
  return {
    url,
    async connect() {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    [Symbol.asyncDispose]: () => dropDatabase(server, name),
  };
}

/** The database that the run's set-up has migrated. */
function migratedTemplate(): string {
  const template = process.env.TEST_TEMPLATE;
  if (!template) throw new Error('TEST_TEMPLATE is not set: run the tests by their configuration');
  return template;
}

/** The server's URL, with another database. */
export function urlOf(server: string, database: string): string {
  return Object.assign(new URL(server), { pathname: `/${database}` }).toString();
}

/**
 * Drops a database if there is one, open connections of this role and all. FORCE would end an autovacuum worker
 * too, which only a superuser may. Without it, PostgreSQL sends such a worker away by itself.
 */
export async function dropDatabase(server: string, name: string): Promise<void> {
  await onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(async (thrown) => {
    if ((thrown as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw thrown;
    await onServer(
      server,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '${name}' AND usename = current_user`,
    );
    await onServer(server, `DROP DATABASE IF EXISTS ${name}`);
  });
}

/** SQLSTATE */
const INSUFFICIENT_PRIVILEGE = '42501';

export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
