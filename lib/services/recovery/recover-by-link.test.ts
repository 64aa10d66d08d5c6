import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeServerKey } from '#engine/sealing/server-key.ts';
import { EmptyServer } from '#testing/empty-server.ts';
import {
  client,
  configure,
  isOver,
  LostServer,
  linkOf,
  person,
  recoveryUntil,
} from '#testing/lost-server.ts';
import { signIn } from '../accounts/sessions.ts';
import { setUpServer } from '../accounts/set-up.ts';
import { requestBackup } from '../backups/create-backup.ts';
import { openArchive } from '../downloads/open-archive.ts';
import { permit, systemActor } from '../permit.ts';
import { kitState } from '../recovery-kit/recovery-kit.ts';
import { undoableRestore } from '../restores/restore-rows.ts';
import { receiveUpload } from '../uploads/receive-upload.ts';
import { finishUpload } from '../uploads/uploads.ts';
import {
  beginRecoveryByLink,
  checkRecovery,
  permitRecoveryUpload,
  recoveryView,
  tryRecoveryAgain,
} from './recover-by-link.ts';
import { requestDueRecovery } from './recover-server.ts';

let lost: LostServer;

beforeAll(async () => {
  lost = await LostServer.open();
});
afterAll(() => lost[Symbol.asyncDispose]());

/** Everything that the vault keeps, as text. */
async function vaultOf({ database }: EmptyServer): Promise<string> {
  const connection = await database.connect();
  const { rows } = await connection.query(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'vault' AND tablename <> 'rate_limit' ORDER BY 1",
  );
  const tables: string[] = [];
  for (const { name } of rows) {
    const found = await connection.query(`SELECT t::text AS row FROM vault.${name} t`);
    tables.push(
      `${name}: ${found.rows
        .map(({ row }) => row)
        .sort()
        .join('\n')}`,
    );
  }
  await connection.end();
  return tables.join('\n');
}

describe('the visitor of the set-up link', () => {
  test('recovers a lost server: key, network, accounts; what could harm the old one is paused', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const offer = await checkRecovery(
      empty.server,
      token,
      { kit: lost.kit, place: lost.place },
      client,
    );
    expect(offer).toMatchObject({ chosen: { id: lost.backup.id, name: 'Monday' }, unreadable: 0 });
    const input = { kit: lost.kit, place: lost.place, backupId: offer.chosen.id };
    await beginRecoveryByLink(empty.server, token, input, client);
    const { server } = empty;
    expect(server.keys.serverId).toBe(lost.server.keys.serverId);

    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({ step: 'DONE', accounts: 1 });
    expect(
      (await signIn(server, { email: person.email, password: person.password }, client)).token,
    ).not.toBe('');
    expect((await server.vault.schedule.findFirstOrThrow()).enabled).toBe(false);
    expect(await server.vault.destination.findMany()).toMatchObject([
      { name: 'NAS', enabled: false },
    ]);
    expect(await server.vault.apiKey.findMany()).toMatchObject([
      { name: 'Copy to the office', isLost: true, actions: [] },
    ]);
    expect(await kitState(server, await configure(server))).toMatchObject({
      checked: { by: { kind: 'SERVER' } },
    });
    const another = { name: 'Eve', email: 'eve@example.net', password: 'a long password' };
    await expect(setUpServer(server, token, another, client)).rejects.toMatchObject({
      code: 'SETUP_LINK_INVALID',
    });
  });

  test('is not offered to go back to the empty network, which is dropped', async () => {
    await using empty = await lost.recovered();
    const { server } = empty;
    expect(await undoableRestore(server.vault)).toBe(null);
    expect(await server.vault.backup.count({ where: { kind: 'SAFETY' } })).toBe(0);
    const kept = () => server.vault.keptPlant.findFirstOrThrow();
    await expect.poll(async () => (await kept()).goneAt, { timeout: 90_000 }).not.toBe(null);
  });

  test('learns nothing and changes nothing without a good link', async () => {
    await using empty = await EmptyServer.open();
    await linkOf(empty.server);
    const before = await vaultOf(empty);
    const bad = ['', 'x', '0'.repeat(43)];
    for (const token of bad) {
      const input = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
      const refused = { code: 'SETUP_LINK_INVALID' };
      const { server } = empty;
      await expect(recoveryView(server, token, client)).rejects.toMatchObject(refused);
      await expect(checkRecovery(server, token, input, client)).rejects.toMatchObject(refused);
      await expect(beginRecoveryByLink(server, token, input, client)).rejects.toMatchObject(
        refused,
      );
      await expect(tryRecoveryAgain(server, token, client)).rejects.toMatchObject(refused);
    }
    expect(await vaultOf(empty)).toBe(before);
  });

  test('may start anew until a recovery has begun, and not beside it', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    await checkRecovery(empty.server, token, { kit: lost.kit, place: lost.place }, client);
    await empty.stop();
    const input = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    await beginRecoveryByLink(empty.server, token, input, client);
    await empty.stop();
    const ana = { name: 'Ana', email: 'new@example.net', password: 'a long password' };
    await expect(setUpServer(empty.server, token, ana, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'recoveryBegun',
    });
  });
});

describe('looking at what a kit opens', () => {
  test('writes nothing: neither here nor there', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    await empty.stop();
    const files = () =>
      Promise.all([empty.dataDir, lost.nas].map((dir) => readdir(dir, { recursive: true })));
    const before = { vault: await vaultOf(empty), files: await files() };
    await checkRecovery(empty.server, token, { kit: lost.kit, place: lost.place }, client);
    expect({ vault: await vaultOf(empty), files: await files() }).toEqual(before);
  });

  const otherKit = () => encodeServerKey(randomBytes(32));
  const refused: [string, () => Promise<object> | object, object][] = [
    [
      'a text that is no kit',
      () => ({ kit: 'FIBERKEEP-KEY1 QQQQ', place: lost.place }),
      { code: 'KIT_UNREADABLE' },
    ],
    [
      'the kit of another server',
      () => ({ kit: otherKit(), place: lost.place }),
      { code: 'WRONG_KEY', reason: 'kitOfOtherServer' },
    ],
    [
      'an empty place',
      async () => ({
        kit: lost.kit,
        place: { url: `file://${await mkdtemp(path.join(lost.nas, '../empty-'))}` },
      }),
      { code: 'NOT_FOUND', reason: 'noBackupInPlace' },
    ],
    [
      'a place that is not there',
      () => ({ kit: lost.kit, place: { url: `file://${lost.nas}-gone` } }),
      { code: 'DESTINATION_UNUSABLE', reason: 'placeMissing' },
    ],
    [
      'an address that destinations may not have',
      () => ({
        kit: lost.kit,
        place: { url: 'sftp://user@169.254.169.254/folder', password: 'x' },
      }),
      { code: 'ADDRESS_REFUSED' },
    ],
    [
      'no place at all',
      () => ({ kit: lost.kit }),
      { code: 'BAD_REQUEST', reason: 'oneRecoverySource' },
    ],
    [
      'an archive that is none',
      () => ({
        kit: lost.kit,
        upload: { fileName: 'x.doz', size: 5n, head: Buffer.from('hello').toString('base64') },
      }),
      { code: 'NOT_AN_ARCHIVE' },
    ],
  ];
  test.each(refused)('refuses %s, with its reason', async (_, input, error) => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const asked = (await input()) as Parameters<typeof checkRecovery>[2];
    await expect(checkRecovery(empty.server, token, asked, client)).rejects.toMatchObject(error);
  });
});

describe('a recovery', () => {
  test('whose place goes away stops with the reason, and goes on once it is back', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    await empty.stop();
    const input = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    empty.server.installKey = async (key) => {
      await rename(lost.nas, `${lost.nas}-away`);
      await empty.installKey(key);
    };
    await beginRecoveryByLink(empty.server, token, input, client);
    const failed = await recoveryUntil(empty, token, isOver);
    expect(failed).toMatchObject({ step: 'CATALOGUE', failure: { code: 'DESTINATION_UNUSABLE' } });
    await rename(`${lost.nas}-away`, lost.nas);
    await tryRecoveryAgain(empty.server, token, client);
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({
      step: 'DONE',
      failure: null,
    });
  });

  test('that was interrupted before the key was installed is begun anew with the kit', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const input = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    empty.server.installKey = async () => {};
    await beginRecoveryByLink(empty.server, token, input, client);
    // The server starts again, with the key that it had, and another link is printed.
    await empty.installKey(await ownKey(empty));
    const newer = await linkOf(empty.server);
    expect(await recoveryView(empty.server, token, client)).toMatchObject({ step: 'KEY' });
    expect(await empty.server.vault.job.count({ where: { kind: 'RECOVER' } })).toBe(0);
    await beginRecoveryByLink(empty.server, newer, input, client);
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({ step: 'DONE' });
    expect(await empty.server.vault.destination.count()).toBe(1);
  });

  test('on a server that is in use is refused', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const mayCreate = await permit(empty.server, systemActor, 'backup.create');
    const input = { name: 'Mine', comment: '', includeFiles: true };
    const job = await requestBackup(empty.server, mayCreate, input);
    await expect
      .poll(
        async () => (await empty.server.vault.job.findUnique({ where: { id: job.id } }))?.status,
      )
      .toBe('SUCCEEDED');
    const asked = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    await expect(beginRecoveryByLink(empty.server, token, asked, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'serverInUse',
    });
  });

  test('is refused where SERVER_KEY is the key of another server', async () => {
    await using empty = await EmptyServer.open({ SERVER_KEY: randomBytes(32).toString('hex') });
    const token = await linkOf(empty.server);
    const asked = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    await expect(beginRecoveryByLink(empty.server, token, asked, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'otherKeyInEnvironment',
    });
    expect(await empty.server.vault.recovery.count()).toBe(0);
  });

  test('needs no other key where SERVER_KEY is that of the kit', async () => {
    await using empty = await EmptyServer.open({ SERVER_KEY: lost.key });
    const token = await linkOf(empty.server);
    empty.server.installKey = null;
    const asked = { kit: lost.kit, place: lost.place, backupId: lost.backup.id };
    await beginRecoveryByLink(empty.server, token, asked, client);
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({ step: 'DONE' });
  });

  test('comes from an archive on the server’s machine, too', async () => {
    await using archive = await downloaded();
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const { file } = archive;
    const { chosen } = await checkRecovery(empty.server, token, { kit: lost.kit, file }, client);
    expect(chosen).toMatchObject({ id: lost.backup.id, createdAt: null });
    await beginRecoveryByLink(
      empty.server,
      token,
      { kit: lost.kit, file, backupId: chosen.id },
      client,
    );
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({
      step: 'DONE',
      backupName: 'Monday',
    });
    expect((await empty.server.vault.schedule.findFirstOrThrow()).enabled).toBe(false);
  });

  test('comes from an archive that the visitor sends, which nobody else may and not to another key', async () => {
    await using archive = await downloaded();
    const bytes = await readFile(archive.file);
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const head = bytes.subarray(0, 64 * 1024).toString('base64');
    const upload = { fileName: 'Monday.tar.gz.doz', size: BigInt(bytes.length), head };
    empty.server.installKey = async () => {};
    await beginRecoveryByLink(
      empty.server,
      token,
      { kit: lost.kit, upload, backupId: lost.backup.id },
      client,
    );
    const id = (await empty.server.vault.recovery.findFirstOrThrow()).uploadId ?? '';
    const permitted = (asked: string | null) =>
      permitRecoveryUpload(empty.server, token, asked, client);
    await expect(permitted(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(permitted(null)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(permitted(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(permitRecoveryUpload(empty.server, 'x', id, client)).rejects.toMatchObject({
      code: 'SETUP_LINK_INVALID',
    });

    await empty.installKey(Buffer.from(lost.key, 'hex'));
    const by = await permitted(id);
    const half = Math.floor(bytes.length / 2);
    await receiveUpload(empty.server, id, 0, Readable.from([bytes.subarray(0, half)]));
    expect(await recoveryUntil(empty, token, () => true)).toMatchObject({
      step: 'UPLOAD',
      upload: { received: BigInt(half) },
    });
    await receiveUpload(empty.server, id, half, Readable.from([bytes.subarray(half)]));
    await finishUpload(empty.server, by, id);
    await requestDueRecovery(empty.server);
    expect(await recoveryUntil(empty, token, isOver)).toMatchObject({
      step: 'DONE',
      backupName: 'Monday',
    });
  });

  test('keeps neither kit nor secrets in the open', async () => {
    await using empty = await EmptyServer.open({ DESTINATION_PRIVATE_NETWORKS: '127.0.0.0/8' });
    const token = await linkOf(empty.server);
    await beginRecoveryByLink(
      empty.server,
      token,
      { kit: lost.kit, place: lost.place, backupId: lost.backup.id },
      client,
    );
    await recoveryUntil(empty, token, isOver);
    const kept = await vaultOf(empty);
    const key = await readFile(path.join(empty.dataDir, 'server.key'), 'utf8');
    expect(kept).not.toContain(key.trim());
    expect(kept.toUpperCase()).not.toContain('FIBERKEEP-KEY1');
    expect(JSON.stringify(await recoveryView(empty.server, token, client), bigints)).not.toContain(
      key.trim(),
    );
  });
});

/** The archive of the backup, as people download it. */
async function downloaded(): Promise<{ readonly file: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-archive-'));
  const file = path.join(folder, 'Monday.tar.gz.doz');
  const mayDownload = await permit(lost.server, systemActor, 'backup.download');
  const { signal } = new AbortController();
  await using archive = await openArchive(lost.server, mayDownload, lost.backup.id, {
    waitMs: 60_000,
    signal,
  });
  await writeFile(file, archive.read(0, archive.size, signal));
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

async function ownKey({ dataDir }: EmptyServer): Promise<Buffer> {
  return Buffer.from((await readFile(path.join(dataDir, 'server.key'), 'utf8')).trim(), 'hex');
}
