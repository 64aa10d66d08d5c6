import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '#config';
import type { Backup } from '#generated/vault/client.ts';
import { randomOf } from '#plant/sample/random.ts';
import { hashPassword } from '#services/accounts/passwords.ts';
import { signIn } from '#services/accounts/sessions.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { requestSend } from '#services/external/send-backup.ts';
import { createDestination } from '#services/external/set-up-destination.ts';
import { requestSample } from '#services/network/load-sample.ts';
import { localActor, permitInPerson } from '#services/permit.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { openServer, type Server } from '#services/server.ts';
import { copyDigest } from '#testing/backups.ts';
import { LOOPBACK, Machine, STEPS, type TestPlace } from '#testing/recovering-machine.ts';
import { KEYS } from '#testing/s3-lab.ts';
import { startS3Server } from '#testing/s3-server.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { hasSftpServer, startSftpServer } from '#testing/sftp-server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';

const KILLS = Number(process.env.FAULTS_RANDOM_KILLS ?? 4);
const SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
const EMAIL = 'ana@example.net';
const PASSWORD = 'correct horse battery staple';

let scratch: string;
let opened: TestServer;
let worker: TestWorker;
let server: Server;

const operator = localActor('root');
const mayConfigure = () => permitInPerson(server, operator, 'backup.configure');

async function succeeds({ id }: { readonly id: string }): Promise<void> {
  const job = await worker.ended(id);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
}

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'fiberkeep-recover-'));
  opened = await openTestServer({ env: LOOPBACK });
  server = opened.server;
  worker = startWorker(server);
  await succeeds(
    await requestSample(server, await permitInPerson(server, operator, 'network.import'), 'small'),
  );
  const role = { id: randomUUID(), name: 'Everything', actions: ['backup.view'] };
  await server.plant.role.create({ data: role });
  await server.plant.user.create({
    data: {
      name: 'Ana',
      email: EMAIL,
      roleId: role.id,
      passwordHash: await hashPassword(PASSWORD),
    },
  });
  const input = { name: 'Monday', comment: '', includeFiles: true };
  await succeeds(
    await requestBackup(server, await permitInPerson(server, operator, 'backup.create'), input),
  );
  const { kit } = await printRecoveryKit(server, await mayConfigure());
  await writeFile(path.join(scratch, 'kit.txt'), kit.text);
});
afterAll(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

async function secretFile(name: string, text: string): Promise<string> {
  const file = path.join(scratch, name);
  await writeFile(file, text);
  return file;
}

const places: [string, boolean, () => Promise<TestPlace>][] = [
  [
    'a folder',
    true,
    async () => {
      const folder = await mkdtemp(path.join(scratch, 'nas-'));
      return {
        input: { url: `file://${folder}` },
        options: [],
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      };
    },
  ],
  [
    'S3',
    true,
    async () => {
      const s3 = await startS3Server({ ...KEYS, bucket: 'backups' });
      const { endpoint } = s3;
      return {
        input: { url: 's3://backups/a/plant', endpoint, ...KEYS },
        options: [
          ...['--endpoint', endpoint, '--access-key-id', KEYS.accessKeyId],
          ...['--secret-file', await secretFile('s3.txt', KEYS.secretAccessKey)],
        ],
        [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose](),
      };
    },
  ],
  [
    'SFTP',
    hasSftpServer,
    async () => {
      const sftp = await startSftpServer();
      const { hostKey, password, user, host, port, folder } = sftp;
      return {
        input: { url: `sftp://${user}@${host}:${port}${folder}`, password, hostKey },
        options: [
          ...['--host-key', hostKey],
          ...['--secret-file', await secretFile('sftp.txt', password)],
        ],
        [Symbol.asyncDispose]: () => sftp[Symbol.asyncDispose](),
      };
    },
  ],
];

/** Every table of the plant, and every file of its posts. */
async function network(machine: Pick<Machine, 'connect' | 'env'>) {
  const client = await machine.connect();
  const { rows } = await client.query(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'plant' AND tablename <> '_prisma_migrations'",
  );
  const tables: Record<string, string> = {};
  for (const { name } of rows) tables[name] = await copyDigest(client, 'plant', name);
  await client.end();
  const files = await readdir(path.join(machine.env.DATA_DIR ?? '', 'files'), { recursive: true });
  return { tables, files: files.filter((name) => name.includes('/')).sort() };
}

describe.each(places)('a server that was lost, from %s', (kind, isThere, openTestPlace) => {
  test.skipIf(!isThere)('is whole again: network, files, backups, accounts', async () => {
    await using place = await openTestPlace();
    await server.vault.backup.updateMany({
      where: { kind: 'MANUAL' },
      data: { name: 'Monday, renamed' },
    });
    const backup = await sendTo(place, kind);
    const before = await network({ connect: () => opened.database.connect(), env: opened.env });

    await using machine = await Machine.open(scratch);
    const { code, output, errors } = await machine.recover(place);
    expect(`${code} ${errors}`).toBe('0 ');
    expect(JSON.parse(output)).toMatchObject({
      backup: { id: backup.id, name: 'Monday, renamed' },
      accounts: [EMAIL],
    });
    expect(await network(machine)).toEqual(before);
    await signsIn(machine);
    const again = await machine.recover(place);
    expect(JSON.parse(again.output).error).toMatchObject({
      code: 'CONFLICT',
      reason: 'serverInUse',
    });
    const listed = JSON.parse((await machine.run('destination', 'list', '--json')).output);
    expect(listed.destinations).toMatchObject([
      { name: kind, state: 'OFF', newest: { id: backup.id } },
    ]);
  });
});

function openFolder(): Promise<TestPlace> {
  const [, , open] = places[0] as (typeof places)[number];
  return open();
}

/** Adds the place as a destination, and sends the backup there. */
async function sendTo(place: TestPlace, name: string): Promise<Backup> {
  const to = await createDestination(
    server,
    await mayConfigure(),
    { name, ...place.input },
    { hasKit: true },
  );
  const backup = await server.vault.backup.findFirstOrThrow({ where: { kind: 'MANUAL' } });
  const mayCreate = await permitInPerson(server, operator, 'backup.create');
  const ids = { backupId: backup.id, destinationId: to.id };
  await succeeds(await requestSend(server, mayCreate, ids));
  return backup;
}

async function signsIn(machine: Machine): Promise<void> {
  const config = readConfig({ ...machine.env, SERVER_KEY: undefined });
  const recovered = await openServer(config);
  try {
    const from = { address: '192.0.2.1', userAgent: 'test', actor: null, deviceCookie: null };
    const user = await signIn(recovered, { email: EMAIL, password: PASSWORD }, from);
    expect(user.token).not.toBe('');
    expect(recovered.keys.serverId).toBe(server.keys.serverId);
    const schedule = await recovered.vault.schedule.findFirstOrThrow();
    expect(schedule.enabled).toBe(false);
  } finally {
    await recovered.close();
  }
}

describe('a recovery that is killed', () => {
  const random = randomOf('recoveries', SEED);
  const kills = Array.from({ length: KILLS }, () => ({
    step: Math.floor(random.next() * STEPS.length),
    delayMs: random.next() * 400,
  }));

  test(`at any moment goes on when the same command runs again (FAULTS_SEED=${SEED})`, {
    timeout: 180_000 + KILLS * 60_000,
  }, async () => {
    await using place = await openFolder();
    const backup = await sendTo(place, 'Killed');
    const before = await network({ connect: () => opened.database.connect(), env: opened.env });
    let recoveries = 0;
    let machine = await Machine.open(scratch);
    for (const kill of kills) {
      await machine.recoverUntilKilled(place, kill);
      await machine.expireLeases();
      if (!(await machine.isRecovered())) continue;
      // This one is done: the next kills are of another.
      expect(await network(machine)).toEqual(before);
      await machine[Symbol.asyncDispose]();
      machine = await Machine.open(scratch);
      recoveries += 1;
    }
    const { code, output } = await machine.recover(place);
    // The last of those that were killed may have ended before.
    if (code !== 0) expect(JSON.parse(output).error).toMatchObject({ reason: 'serverInUse' });
    else expect(JSON.parse(output)).toMatchObject({ backup: { id: backup.id } });
    expect(await network(machine), `after ${recoveries} other recoveries`).toEqual(before);
    await signsIn(machine);
    await machine[Symbol.asyncDispose]();
  });
});

describe('a machine on which a server was started,', () => {
  test('but never used, becomes the server of the kit', async () => {
    await using place = await openFolder();
    const backup = await sendTo(place, 'Second');
    await using machine = await Machine.open(scratch);
    await machine.run('status');
    const { code, output } = await machine.recover(place);
    expect(`${code} ${output}`).toContain(backup.id);
    await signsIn(machine);
  });

  test('and has a backup, keeps its key', async () => {
    await using place = await openFolder();
    await sendTo(place, 'Third');
    await using machine = await Machine.open(scratch);
    await machine.run('create', 'Mine');
    const key = await readFile(path.join(machine.env.DATA_DIR ?? '', 'server.key'), 'utf8');
    const { output } = await machine.recover(place);
    expect(JSON.parse(output).error).toMatchObject({ code: 'CONFLICT', reason: 'serverInUse' });
    expect(await readFile(path.join(machine.env.DATA_DIR ?? '', 'server.key'), 'utf8')).toBe(key);
  });
});

describe('a recovery is refused, and writes nothing,', () => {
  test('with a kit that is none', async () => {
    await using machine = await Machine.open(scratch);
    const kit = await secretFile('none.txt', 'FIBERKEEP-KEY1 QQQQ');
    const { output } = await machine.run('recover', '--kit', kit, '--from', scratch, '--json');
    expect(JSON.parse(output).error).toMatchObject({ code: 'KIT_UNREADABLE' });
    expect(await readdir(machine.env.DATA_DIR ?? '')).toEqual([]);
  });

  test('with the kit of another server', async () => {
    await using place = await openFolder();
    await sendTo(place, 'Other');
    await using other = await openTestServer();
    const permit = await permitInPerson(other.server, operator, 'backup.configure');
    const { kit } = await printRecoveryKit(other.server, permit);
    const file = await secretFile('other.txt', kit.text);
    await using machine = await Machine.open(scratch);
    const { output } = await machine.run(
      ...['recover', '--kit', file, '--from', place.input.url, '--yes', '--json'],
    );
    expect(JSON.parse(output).error).toMatchObject({
      code: 'WRONG_KEY',
      reason: 'kitOfOtherServer',
    });
    expect(await readdir(machine.env.DATA_DIR ?? '')).toEqual([]);
  });

  test('from a place that holds no backup', async () => {
    await using machine = await Machine.open(scratch);
    const empty = await mkdtemp(path.join(scratch, 'empty-'));
    const { output } = await machine.run(
      ...['recover', '--kit', path.join(scratch, 'kit.txt'), '--from', empty, '--yes', '--json'],
    );
    expect(JSON.parse(output).error).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'noBackupInPlace',
    });
    expect(await readdir(machine.env.DATA_DIR ?? '')).toEqual([]);
    expect(await readdir(empty)).toEqual([]);
  });
});
