import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { errorText } from '#errors';
import { openTestDatabase } from '#testing/database.ts';
import { openTransactionPooler } from '#testing/transaction-pooler.ts';
import { checkDatabase } from './own-database.ts';

async function on(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('a PostgreSQL of one’s own', () => {
  test('is taken without a word when it is fit', async () => {
    await using database = await openTestDatabase({ migrated: false });
    expect(await checkDatabase(database.url)).toEqual([]);
  });

  test('is refused behind a pooler in transaction mode', async () => {
    await using database = await openTestDatabase({ migrated: false });
    await using pooler = await openTransactionPooler(database.url);
    await on(pooler.url, 'SELECT 1');
    await expect(checkDatabase(pooler.url)).rejects.toMatchObject({
      code: 'DATABASE_UNSUITABLE',
      message: expect.stringContaining('transaction mode'),
    });
  });

  test('is refused when it is not in UTF-8', async () => {
    await using database = await openTestDatabase({ migrated: false });
    const name = `test_latin_${randomBytes(4).toString('hex')}`;
    await on(
      database.url,
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    );
    const url = Object.assign(new URL(database.url), { pathname: `/${name}` }).toString();
    await expect(checkDatabase(url)).rejects.toMatchObject({
      code: 'DATABASE_UNSUITABLE',
      message: 'The database is in LATIN1, not UTF8.',
    });
    await on(database.url, `DROP DATABASE ${name}`);
  });

  test('is refused when the role may not make schemas in it', async () => {
    await using database = await openTestDatabase({ migrated: false });
    const { username, pathname } = new URL(database.url);
    const name = pathname.slice(1);
    await on(database.url, `REVOKE ALL ON DATABASE ${name} FROM ${username}`);
    const refused = await checkDatabase(database.url).catch((error) => error);
    expect(refused).toMatchObject({ code: 'DATABASE_UNSUITABLE' });
    expect(errorText(refused).hint).toBe(
      `As its owner: GRANT CREATE ON DATABASE ${name} TO ${username}.`,
    );
  });

  test.each([
    ['a role that is not there', { username: 'nobody_here' }, /cannot be used: .*"nobody_here"/],
    ['no such database', { pathname: '/nowhere' }, /cannot be used: database "nowhere"/],
    ['nobody there', { port: '1' }, /cannot be used: .*ECONNREFUSED/],
    ['a name that leads nowhere', { hostname: 'nowhere.invalid' }, /cannot be used: .*nowhere/],
  ])('is unreachable with %s, and the password stays unsaid', async (_case, change, message) => {
    await using database = await openTestDatabase({ migrated: false });
    const url = Object.assign(new URL(database.url), change);
    const refused = await checkDatabase(url.toString()).catch((error) => error);
    expect(refused).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(refused.message).not.toMatch(/:[^/]*@/);
    expect(refused.message).toMatch(message);
  });
});
