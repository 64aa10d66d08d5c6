import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeServerKey } from '#engine/sealing/server-key.ts';
import type { Backup } from '#generated/vault/client.ts';
import { EmptyServer } from '#testing/empty-server.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { createApiKey } from '../accounts/api-keys.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { signIn } from '../accounts/sessions.ts';
import { ensureFirstAdministrator, setUpServer } from '../accounts/set-up.ts';
import { requestBackup } from '../backups/create-backup.ts';
import { openArchive } from '../downloads/open-archive.ts';
import { requestSend } from '../external/send-backup.ts';
import { createDestination } from '../external/set-up-destination.ts';
import { requestSample } from '../network/load-sample.ts';
import { permit, permitInPerson, systemActor } from '../permit.ts';
import { kitState, printRecoveryKit } from '../recovery-kit/recovery-kit.ts';
import { undoableRestore } from '../restores/restore-rows.ts';
import type { Server } from '../server.ts';
import { receiveUpload } from '../uploads/receive-upload.ts';
import { finishUpload } from '../uploads/uploads.ts';
import { findPause, goOnAfterRecovery } from './after-recovery.ts';
import {
  beginRecoveryByLink,
  checkRecovery,
  permitRecoveryUpload,
  type RecoveryView,
  recoveryView,
  tryRecoveryAgain,
} from './recover-by-link.ts';
import { requestDueRecovery } from './recover-server.ts';

const EMAIL = 'ana@example.net';
const PASSWORD = 'correct horse battery staple';
const client = { address: '192.0.2.9', userAgent: 'test', actor: null, deviceCookie: null };

let lost: TestServer;
let worker: TestWorker;
let backup: Backup;
let kit: string;
let nas: string;

const configure = (server: Server) => permitInPerson(server, systemActor, 'backup.configure');
const place = () => ({ url: `file://${nas}` });

async function succeeds({ id }: { readonly id: string }): Promise<void> {
  const job = await worker.ended(id);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
}

beforeAll(async () => {
  nas = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
  lost = await openTestServer();
  const { server } = lost;
  worker = startWorker(server);
  const mayImport = await permitInPerson(server, systemActor, 'network.import');
  await succeeds(await requestSample(server, mayImport, 'small'));
  const actions = ['backup.view', 'apikeys.manage'];
  const role = await server.plant.role.create({
    data: { id: randomUUID(), name: 'Everything', actions },
  });
  const passwordHash = await hashPassword(PASSWORD);
  await server.plant.user.create({
    data: { name: 'Ana', email: EMAIL, roleId: role.id, passwordHash },
  });
  await makeKey(server);
  const mayCreate = await permit(server, systemActor, 'backup.create');
  const input = { name: 'Monday', comment: '', includeFiles: true };
  await succeeds(await requestBackup(server, mayCreate, input));
  backup = await server.vault.backup.findFirstOrThrow();
  kit = (await printRecoveryKit(server, await configure(server))).kit.text;
  const to = { name: 'NAS', ...place() };
  const { id } = await createDestination(server, await configure(server), to, { hasKit: true });
  await succeeds(await requestSend(server, mayCreate, { backupId: backup.id, destinationId: id }));
});

afterAll(async () => {
  await worker.stop();
  await lost[Symbol.asyncDispose]();
  await rm(nas, { recursive: true, force: true });
});

async function makeKey(server: Server): Promise<void> {
  const { userId, token } = await signIn(server, { email: EMAIL, password: PASSWORD }, client);
  expect(token).not.toBe('');
  const session = await server.vault.session.findFirstOrThrow({ where: { userId } });
  const actor = {
    ...systemActor,
    kind: 'PERSON',
    id: userId,
    name: 'Ana',
    sessionId: session.id,
  } as const;
  const mayMake = await permitInPerson(server, actor, 'apikeys.manage');
  await createApiKey(server, mayMake, { name: 'Copy to the office', actions: ['backup.view'] });
}

async function linkOf(server: Server): Promise<string> {
  return (await ensureFirstAdministrator(server))?.split('=')[1] ?? '';
}

/** The recovery once `wanted` is true for it. */
async function until(
  empty: EmptyServer,
  token: string,
  wanted: (now: RecoveryView) => boolean,
): Promise<RecoveryView> {
  for (const deadline = Date.now() + 120_000; ; await sleep(50)) {
    const now = await recoveryView(empty.server, token, client);
    if (now && wanted(now)) return now;
    if (Date.now() > deadline)
      throw new Error(`The recovery is still at ${JSON.stringify(now?.step)}`);
  }
}

const isOver = ({ step, failure }: RecoveryView) => step === 'DONE' || failure !== null;

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
    const offer = await checkRecovery(empty.server, token, { kit, place: place() }, client);
    expect(offer).toMatchObject({ chosen: { id: backup.id, name: 'Monday' }, unreadable: 0 });
    const input = { kit, place: place(), backupId: offer.chosen.id };
    await beginRecoveryByLink(empty.server, token, input, client);
    const { server } = empty;
    expect(server.keys.serverId).toBe(lost.server.keys.serverId);

    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE', accounts: 1 });
    expect((await signIn(server, { email: EMAIL, password: PASSWORD }, client)).token).not.toBe('');
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
    await using empty = await recovered();
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
      const input = { kit, place: place(), backupId: backup.id };
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
    await checkRecovery(empty.server, token, { kit, place: place() }, client);
    await empty.stop();
    const input = { kit, place: place(), backupId: backup.id };
    await beginRecoveryByLink(empty.server, token, input, client);
    await empty.stop();
    const ana = { name: 'Ana', email: 'new@example.net', password: 'a long password' };
    await expect(setUpServer(empty.server, token, ana, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'recoveryBegun',
    });
  });
});

/** A server that was recovered from the NAS. */
async function recovered(): Promise<EmptyServer> {
  const empty = await EmptyServer.open();
  const token = await linkOf(empty.server);
  const input = { kit, place: place(), backupId: backup.id };
  await beginRecoveryByLink(empty.server, token, input, client);
  expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE' });
  return empty;
}

describe('looking at what a kit opens', () => {
  test('writes nothing: neither here nor there', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    await empty.stop();
    const files = () =>
      Promise.all([empty.dataDir, nas].map((dir) => readdir(dir, { recursive: true })));
    const before = { vault: await vaultOf(empty), files: await files() };
    await checkRecovery(empty.server, token, { kit, place: place() }, client);
    expect({ vault: await vaultOf(empty), files: await files() }).toEqual(before);
  });

  const otherKit = () => encodeServerKey(randomBytes(32));
  const refused: [string, () => Promise<object> | object, object][] = [
    [
      'a text that is no kit',
      () => ({ kit: 'FIBERKEEP-KEY1 QQQQ', place: place() }),
      { code: 'KIT_UNREADABLE' },
    ],
    [
      'the kit of another server',
      () => ({ kit: otherKit(), place: place() }),
      { code: 'WRONG_KEY', reason: 'kitOfOtherServer' },
    ],
    [
      'an empty place',
      async () => ({ kit, place: { url: `file://${await mkdtemp(path.join(nas, '../empty-'))}` } }),
      { code: 'NOT_FOUND', reason: 'noBackupInPlace' },
    ],
    [
      'a place that is not there',
      () => ({ kit, place: { url: `file://${nas}-gone` } }),
      { code: 'DESTINATION_UNUSABLE', reason: 'placeMissing' },
    ],
    [
      'an address that destinations may not have',
      () => ({ kit, place: { url: 'sftp://user@169.254.169.254/folder', password: 'x' } }),
      { code: 'ADDRESS_REFUSED' },
    ],
    ['no place at all', () => ({ kit }), { code: 'BAD_REQUEST', reason: 'oneRecoverySource' }],
    [
      'an archive that is none',
      () => ({
        kit,
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
    const input = { kit, place: place(), backupId: backup.id };
    empty.server.installKey = async (key) => {
      await rename(nas, `${nas}-away`);
      await empty.installKey(key);
    };
    await beginRecoveryByLink(empty.server, token, input, client);
    const failed = await until(empty, token, isOver);
    expect(failed).toMatchObject({ step: 'CATALOGUE', failure: { code: 'DESTINATION_UNUSABLE' } });
    await rename(`${nas}-away`, nas);
    await tryRecoveryAgain(empty.server, token, client);
    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE', failure: null });
  });

  test('that was interrupted before the key was installed is begun anew with the kit', async () => {
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const input = { kit, place: place(), backupId: backup.id };
    empty.server.installKey = async () => {};
    await beginRecoveryByLink(empty.server, token, input, client);
    // The server starts again, with the key that it had, and another link is printed.
    await empty.installKey(await ownKey(empty));
    const newer = await linkOf(empty.server);
    expect(await recoveryView(empty.server, token, client)).toMatchObject({ step: 'KEY' });
    expect(await empty.server.vault.job.count({ where: { kind: 'RECOVER' } })).toBe(0);
    await beginRecoveryByLink(empty.server, newer, input, client);
    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE' });
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
    const asked = { kit, place: place(), backupId: backup.id };
    await expect(beginRecoveryByLink(empty.server, token, asked, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'serverInUse',
    });
  });

  test('is refused where SERVER_KEY is the key of another server', async () => {
    await using empty = await EmptyServer.open({ SERVER_KEY: randomBytes(32).toString('hex') });
    const token = await linkOf(empty.server);
    const asked = { kit, place: place(), backupId: backup.id };
    await expect(beginRecoveryByLink(empty.server, token, asked, client)).rejects.toMatchObject({
      code: 'CONFLICT',
      reason: 'otherKeyInEnvironment',
    });
    expect(await empty.server.vault.recovery.count()).toBe(0);
  });

  test('needs no other key where SERVER_KEY is that of the kit', async () => {
    await using empty = await EmptyServer.open({ SERVER_KEY: lost.env.SERVER_KEY ?? '' });
    const token = await linkOf(empty.server);
    empty.server.installKey = null;
    const asked = { kit, place: place(), backupId: backup.id };
    await beginRecoveryByLink(empty.server, token, asked, client);
    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE' });
  });

  test('comes from an archive on the server’s machine, too', async () => {
    await using archive = await downloaded();
    await using empty = await EmptyServer.open();
    const token = await linkOf(empty.server);
    const { file } = archive;
    const { chosen } = await checkRecovery(empty.server, token, { kit, file }, client);
    expect(chosen).toMatchObject({ id: backup.id, createdAt: null });
    await beginRecoveryByLink(empty.server, token, { kit, file, backupId: chosen.id }, client);
    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE', backupName: 'Monday' });
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
    await beginRecoveryByLink(empty.server, token, { kit, upload, backupId: backup.id }, client);
    const id = (await empty.server.vault.recovery.findFirstOrThrow()).uploadId ?? '';
    const permitted = (asked: string | null) =>
      permitRecoveryUpload(empty.server, token, asked, client);
    await expect(permitted(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(permitted(null)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(permitted(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(permitRecoveryUpload(empty.server, 'x', id, client)).rejects.toMatchObject({
      code: 'SETUP_LINK_INVALID',
    });

    await empty.installKey(Buffer.from(lost.env.SERVER_KEY ?? '', 'hex'));
    const by = await permitted(id);
    const half = Math.floor(bytes.length / 2);
    await receiveUpload(empty.server, id, 0, Readable.from([bytes.subarray(0, half)]));
    expect(await until(empty, token, () => true)).toMatchObject({
      step: 'UPLOAD',
      upload: { received: BigInt(half) },
    });
    await receiveUpload(empty.server, id, half, Readable.from([bytes.subarray(half)]));
    await finishUpload(empty.server, by, id);
    await requestDueRecovery(empty.server);
    expect(await until(empty, token, isOver)).toMatchObject({ step: 'DONE', backupName: 'Monday' });
  });

  test('keeps neither kit nor secrets in the open', async () => {
    await using empty = await EmptyServer.open({ DESTINATION_PRIVATE_NETWORKS: '127.0.0.0/8' });
    const token = await linkOf(empty.server);
    await beginRecoveryByLink(
      empty.server,
      token,
      { kit, place: place(), backupId: backup.id },
      client,
    );
    await until(empty, token, isOver);
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
  await using archive = await openArchive(lost.server, mayDownload, backup.id, {
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

describe('after a recovery', () => {
  test('somebody says that the old server is gone: nights go on, and it is refused in the place', async () => {
    await using empty = await recovered();
    const { server } = empty;
    const mayView = await permit(server, systemActor, 'backup.view');
    expect(await findPause(server, mayView)).toMatchObject({ destination: { name: 'NAS' } });
    await goOnAfterRecovery(server, await configure(server), { takeOver: true });
    expect(await findPause(server, mayView)).toBe(null);
    expect((await server.vault.schedule.findFirstOrThrow()).enabled).toBe(true);
    expect(await server.vault.destination.findFirstOrThrow()).toMatchObject({
      enabled: true,
      epoch: 2,
    });
    const mayCreate = await permit(lost.server, systemActor, 'backup.create');
    const old = await lost.server.vault.destination.findFirstOrThrow();
    await lost.server.vault.externalCopy.deleteMany();
    const job = await requestSend(lost.server, mayCreate, {
      backupId: backup.id,
      destinationId: old.id,
    });
    expect(await worker.ended(job.id)).toMatchObject({ error: { code: 'DESTINATION_LOST' } });
  });

  test('nights alone go on where the destination is left as it is', async () => {
    await using empty = await recovered();
    const { server } = empty;
    await goOnAfterRecovery(server, await configure(server), { takeOver: false });
    expect((await server.vault.schedule.findFirstOrThrow()).enabled).toBe(true);
    expect((await server.vault.destination.findFirstOrThrow()).enabled).toBe(false);
    await expect(
      goOnAfterRecovery(server, await configure(server), { takeOver: false }),
    ).rejects.toMatchObject({ code: 'CONFLICT', reason: 'nothingPaused' });
  });
});
