import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { CopySocket } from '../memory/copy-socket.ts';
import { copyOut } from './copy-out.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await openTestDatabase({ migrated: false });
});
afterAll(() => database[Symbol.asyncDispose]());

async function connect(socket: () => Socket): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: database.url, stream: socket });
  await opened.connect();
  return opened;
}

/** The same COPY through pg's own parser, message by message. */
async function plainly(sql: string) {
  const hash = createHash('sha256');
  const sizes: number[] = [];
  const take = ({ chunk }: { chunk: Buffer }) => {
    hash.update(chunk);
    sizes.push(chunk.length);
  };
  client.connection.on('copyData', take);
  await client.query(sql);
  client.connection.removeListener('copyData', take);
  return { sha256: hash.digest('hex'), sizes };
}

async function read(sql: string) {
  const hash = createHash('sha256');
  const sizes: number[] = [];
  let largest = 0;
  for await (const { bytes, ends } of copyOut(client, sql)) {
    hash.update(bytes);
    largest = Math.max(largest, bytes.length);
    let start = 0;
    for (const end of ends) {
      sizes.push(end - start);
      start = end;
    }
    expect(start).toBe(bytes.length);
  }
  return { sha256: hash.digest('hex'), sizes, largest };
}

describe.each([
  ['a socket of pg', () => new Socket()],
  ['a CopySocket', () => new CopySocket()],
])('copyOut over %s', (_kind, socket) => {
  beforeAll(async () => {
    client = await connect(socket);
  });
  afterAll(() => client.end());

  test.each([
    ['no row', 'SELECT 1 WHERE false'],
    ['one row', 'SELECT 1'],
    ['rows of no column', 'SELECT FROM generate_series(1, 5000)'],
    ['many short rows', 'SELECT i FROM generate_series(1, 300000) i'],
    [
      'rows of every length around a socket read',
      `SELECT repeat('x', i) FROM generate_series(65400, 65600) i`,
    ],
    [
      'rows of every length around a piece',
      `SELECT repeat('x', i * 97) FROM generate_series(2600, 2800) i`,
    ],
    [
      'a row of 30 MB between short ones',
      `SELECT 'a' UNION ALL SELECT repeat('x', 30000000) UNION ALL SELECT 'b'`,
    ],
  ])('gives %s byte for byte as COPY does', async (_what, query) => {
    const sql = `COPY (${query}) TO STDOUT`;
    const { largest: _largest, ...found } = await read(sql);
    expect(found).toEqual(await plainly(sql));
  });

  test('gives large tables in pieces of about 256 KiB', async () => {
    const { largest } = await read(
      `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT`,
    );
    expect(largest).toBeLessThan(300_000);
  });

  test('leaves the connection ready for the next query and the next COPY', async () => {
    for (let round = 0; round < 3; round++) {
      await read('COPY (SELECT i FROM generate_series(1, 1000) i) TO STDOUT');
      expect((await client.query('SELECT 42 AS answer')).rows).toEqual([{ answer: 42 }]);
    }
  });

  test('leaves the answers before and after it whole, in however many reads they come', async () => {
    const long = 'SELECT repeat(i::text, 20000) AS text FROM generate_series(1, 60) i';
    const { rows } = await client.query(long);
    await read('COPY (SELECT i FROM generate_series(1, 100000) i) TO STDOUT');
    expect((await client.query(long)).rows).toEqual(rows);
    expect(rows[59].text).toBe('60'.repeat(20_000));
  });

  test('throws what PostgreSQL says before the first row, and the connection goes on', async () => {
    await expect(read('COPY no_such_table TO STDOUT')).rejects.toMatchObject({ code: '42P01' });
    await expect(read('COPY (SELECT 1/0) TO STDOUT')).rejects.toMatchObject({ code: '22012' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('throws what PostgreSQL says in the middle of the rows, and the connection goes on', async () => {
    const sql = 'COPY (SELECT 1 / (100000 - i) FROM generate_series(1, 200000) i) TO STDOUT';
    await expect(read(sql)).rejects.toMatchObject({ code: '22012' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('passes notices between the rows on to listeners', async () => {
    await client.query(`CREATE FUNCTION pg_temp.noisy(i int) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN IF i % 1000 = 0 THEN RAISE NOTICE 'at %', i; END IF; RETURN i; END $$`);
    const notices: unknown[] = [];
    client.on('notice', (notice) => notices.push(notice.message));
    const { sizes } = await read(
      'COPY (SELECT pg_temp.noisy(i) FROM generate_series(1, 5000) i) TO STDOUT',
    );
    expect(sizes).toHaveLength(5000);
    expect(notices).toEqual(['at 1000', 'at 2000', 'at 3000', 'at 4000', 'at 5000']);
  });

  test('reads no further than the caller takes', async () => {
    const other = await connect(socket);
    other.on('error', () => {});
    const rows = copyOut(
      other,
      `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 200000)) TO STDOUT`,
    );
    await rows.next();
    await sleep(300);
    const read = other.connection.stream as unknown as { bytesRead: number };
    expect(read.bytesRead).toBeLessThan(3_000_000);
    await rows.return();
    await other.end();
  });

  test('ends with the reason of its signal, at once and in the middle', async () => {
    const reason = new Error('enough');
    const early = copyOut(client, 'COPY (SELECT 1) TO STDOUT', AbortSignal.abort(reason));
    await expect(early.next()).rejects.toBe(reason);
    const other = await connect(socket);
    other.on('error', () => {});
    const cancel = new AbortController();
    const rows = copyOut(other, 'COPY (SELECT pg_sleep(30)) TO STDOUT', cancel.signal);
    setTimeout(() => cancel.abort(reason), 50);
    await expect(rows.next()).rejects.toBe(reason);
    await other.end();
  });

  test('throws when the server ends the connection', async () => {
    const other = await connect(socket);
    other.on('error', () => {});
    const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
    const copying = copyOut(other, 'COPY (SELECT pg_sleep(30)) TO STDOUT').next();
    const ending = sleep(50).then(() =>
      client.query('SELECT pg_terminate_backend($1)', [rows[0].pid]),
    );
    await expect(copying).rejects.toThrow();
    await ending;
    await other.end();
  });
});
