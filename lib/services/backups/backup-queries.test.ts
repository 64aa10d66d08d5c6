import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PrismaClient } from '#generated/vault/client.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { failureColumn } from '#vault/failures.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { rowCursor } from '../page.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { findBackup, findBackups, listBackups } from './backup-queries.ts';
import { updateBackup } from './update-backup.ts';

const ROWS = 10_000;

let opened: TestServer;
let server: Server;
let mayView: Permit<'backup.view'>;
let mayCreate: Permit<'backup.create'>;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  mayView = await permit(server, localActor('Ana'), 'backup.view');
  mayCreate = await permit(server, localActor('Ana'), 'backup.create');
  // Three backups share each instant, so that the order among them matters.
  await server.pool.query(
    `INSERT INTO vault.backup (id, name, comment, author_kind, author_name, kind, status, created_at, includes_files,
        file_count, file_bytes, table_bytes, archive_size, stored_size, tables, structure, manifest_object, manifest_sha256)
     SELECT gen_random_uuid(), 'Backup ' || n, 'comment ' || n, 'PERSON', CASE WHEN n % 100 = 0 THEN 'João' ELSE 'Ana' END,
            CASE WHEN n % 10 = 0 THEN 'MANUAL' ELSE 'AUTOMATIC' END, CASE WHEN n = 5 THEN 'DELETING' ELSE 'READY' END,
            timestamptz '2026-01-01' + (n / 3) * interval '1 minute', true, 0, 0, 0, 0, 0, '[]', '[]', 'm' || n, ''
       FROM generate_series(1, ${ROWS}) AS n`,
  );
  await server.pool.query(
    `UPDATE vault.backup SET name = CASE WHEN n = 1 THEN 'Ação de Łódź' ELSE name END,
            comment = CASE WHEN n = 2 THEN E'Ac\u0327a\u0303o' ELSE comment END
       FROM generate_series(1, 2) AS n WHERE manifest_object = 'm' || n`,
  );
  await server.pool.query('ANALYZE vault.backup');
});

afterAll(() => opened[Symbol.asyncDispose]());

describe('the list of backups', () => {
  test('visits every backup exactly once, newest first, while new ones are made', async () => {
    const seen: string[] = [];
    let last = Number.POSITIVE_INFINITY;
    for (let after: string | null = null; ; ) {
      const page = await listBackups(server, mayView, { first: 200, after });
      for (const backup of page.items) {
        expect(backup.createdAt.getTime()).toBeLessThanOrEqual(last);
        last = backup.createdAt.getTime();
        seen.push(backup.id);
      }
      if (seen.length === 400) await insertNewer();
      if (!page.hasNextPage) break;
      after = rowCursor(page.items.at(-1) ?? { createdAt: new Date(), id: '' });
    }
    expect(seen.length).toBe(ROWS - 1);
    expect(new Set(seen).size).toBe(ROWS - 1);
    await server.vault.backup.deleteMany({ where: { name: 'newer' } });
  });

  test('leaves out one that is being deleted, and so does finding it', async () => {
    const gone = await server.vault.backup.findFirstOrThrow({ where: { status: 'DELETING' } });
    const page = await listBackups(server, mayView, { search: 'Backup 5', first: 200 });
    expect(page.items.map(({ name }) => name)).not.toContain('Backup 5');
    expect(page.totalCount).toBe(
      page.items.length + (page.hasNextPage ? page.totalCount - 200 : 0),
    );
    expect(await findBackup(server, mayView, gone.id)).toBe(null);
    expect(await findBackups(server, mayView, [gone.id])).toEqual([null]);
  });

  const searches: [string, number][] = [
    ['joão', 100],
    ['JOAO', 100],
    ['Joa\u0303o', 100],
    ['acao', 2],
    ['ação  de\u00a0Łódź', 1],
    ['acao de lodz', 1],
    ['COMMENT 9999', 1],
    ['comment 9999', 1],
    ['%', 0],
    ['_ackup', 0],
    ['\\', 0],
    ["'; DROP TABLE vault.backup; --", 0],
    ['no such words', 0],
  ];
  test.each(searches)(
    'finds %s as plain text in name, comment and author',
    async (search, count) => {
      expect((await listBackups(server, mayView, { search })).totalCount).toBe(count);
    },
  );

  test('counts and filters by kind', async () => {
    const page = await listBackups(server, mayView, { kind: 'MANUAL', first: 3 });
    expect(page.totalCount).toBe(ROWS / 10);
    expect(page.items.map(({ kind }) => kind)).toEqual(['MANUAL', 'MANUAL', 'MANUAL']);
  });

  const wrong: [string, object][] = [
    ['first of 0', { first: 0 }],
    ['first below 0', { first: -1 }],
    ['a cursor of nothing', { after: 'x' }],
    ['a cursor of another list', { after: Buffer.from('["Ana"]').toString('base64url') }],
    ['a cursor with a wrong date', { after: Buffer.from('["soon","1"]').toString('base64url') }],
  ];
  test.each(wrong)('refuses %s', async (_, input) => {
    await expect(listBackups(server, mayView, input)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  test('takes no sort and no scan of the table, at any depth and by kind', async () => {
    const deep = await listBackups(server, mayView, { first: 200 });
    const cursor = rowCursor(deep.items.at(-1) ?? { createdAt: new Date(), id: '' });
    for (const input of [
      {},
      { after: cursor },
      { kind: 'MANUAL' },
      { kind: 'MANUAL', after: cursor },
    ]) {
      const plan = await planOf(input);
      expect(plan).toContain('Index Scan');
      expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap/);
    }
    expect(await planOf({ after: cursor })).toMatch(/Index Cond: .*created_at.* <= /);
  });

  async function insertNewer(): Promise<void> {
    const like = await server.vault.backup.findFirstOrThrow();
    await server.vault.backup.create({
      data: {
        ...like,
        givenName: givenNameColumn(null),
        testError: failureColumn(null),
        changes: undefined,
        anomaly: undefined,
        tables: [],
        notRestorable: [],
        structure: [],
        id: '01990000-0000-7000-8000-000000000001',
        name: 'newer',
        manifestObject: 'newer',
        createdAt: new Date(),
      },
    });
  }

  /** What PostgreSQL does for the very statement that the service sends. */
  async function planOf(input: object): Promise<string> {
    const vault = new PrismaClient({
      adapter: new PrismaPg(server.pool, { schema: 'vault' }),
      log: [{ emit: 'event', level: 'query' }],
    });
    const sent: { query: string; params: string }[] = [];
    vault.$on('query', (event) => sent.push(event));
    await listBackups({ ...server, vault: vault as Server['vault'] }, mayView, {
      first: 50,
      ...input,
    });
    const list = sent.find(({ query }) => query.includes('LIMIT'));
    if (!list) throw new Error('no statement with a limit was sent');
    const { rows } = await server.pool.query(
      `EXPLAIN ${list.query}`,
      JSON.parse(list.params) as unknown[],
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }
});

describe('changing a backup', () => {
  test('changes what is given, keeps the rest, and writes down both', async () => {
    const before = await server.vault.backup.findFirstOrThrow({ where: { status: 'READY' } });
    const after = await updateBackup(server, mayCreate, before.id, {
      comment: 'seen',
      pinned: true,
    });
    expect(after).toEqual({ ...before, comment: 'seen', pinned: true });
    const audit = await server.vault.auditEvent.findFirstOrThrow({
      where: { targetId: before.id, action: 'backup.update' },
    });
    expect(audit.detail).toMatchObject({ before: { pinned: false }, after: { pinned: true } });
    await updateBackup(server, mayCreate, before.id, { name: before.name, pinned: false });
  });

  test('refuses a wrong name, and ids of nothing', async () => {
    const { id } = await server.vault.backup.findFirstOrThrow({ where: { status: 'READY' } });
    const gone = await server.vault.backup.findFirstOrThrow({ where: { status: 'DELETING' } });
    await expect(updateBackup(server, mayCreate, id, { name: '' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    for (const nothing of ['', 'x', "' OR 1=1", gone.id])
      await expect(updateBackup(server, mayCreate, nothing, { name: 'n' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
  });
});
