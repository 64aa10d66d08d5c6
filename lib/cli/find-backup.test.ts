import { afterAll, beforeAll, expect, test } from 'vitest';
import { localActor, permitInPerson } from '#services/permit.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { requireBackup } from './find-backup.ts';

let opened: TestServer;

beforeAll(async () => {
  opened = await openTestServer();
  // As older versions kept them: decomposed, and with two blanks.
  for (const name of [
    'Regia\u0303o  Sul',
    'Łódź',
    'Ação',
    'acao',
    'AÇÃO',
    'dup',
    'Dup',
    'ｄｕｐ',
    'd up',
  ])
    await opened.server.pool.query(
      `INSERT INTO vault.backup (id, name, author_kind, author_name, kind, status, created_at, includes_files,
          file_count, file_bytes, table_bytes, archive_size, stored_size, tables, structure, manifest_object, manifest_sha256)
       VALUES (gen_random_uuid(), $1, 'PERSON', 'Ana', 'MANUAL', 'READY', now(), true, 0, 0, 0, 0, 0, '[]', '[]', $1, '')`,
      [name],
    );
});
afterAll(() => opened[Symbol.asyncDispose]());

const find = (name: string) =>
  requireBackup(
    {
      server: opened.server,
      permit: (action) => permitInPerson(opened.server, localActor('ana'), action),
    },
    name,
  );

test.each([
  ['composed', 'Região Sul', 'Regia\u0303o  Sul'],
  ['with a no-break space', 'Região\u00a0Sul', 'Regia\u0303o  Sul'],
  ['with a zero-width space', 'Re\u200bgião Sul', 'Regia\u0303o  Sul'],
  ['without case and accents', 'regiao sul', 'Regia\u0303o  Sul'],
  ['by plain letters', 'lodz', 'Łódź'],
  ['as it is, where others differ only in case and accents', 'acao', 'acao'],
  ['as it is, decomposed', 'Ac\u0327a\u0303o', 'Ação'],
])('a backup is found by its name %s', async (_how, typed, name) => {
  expect((await find(typed)).name).toBe(name);
});

test('a name that fits several is not guessed: it names them all', async () => {
  await expect(find('DUP')).rejects.toMatchObject({
    code: 'CONFLICT',
    reason: 'backupNameNotUnique',
    params: { count: 3, name: 'DUP' },
  });
});

test('a part of a name is no name', async () => {
  await expect(find('Região')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
