import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '#config';
import { errorText } from '#errors';
import { failing, saying } from '#testing/fault-proxy.ts';
import { refusalOf } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { credentials, openVaultLab, type VaultLab } from '#testing/vault-lab.ts';
import { assertElsewhere } from '../external/open-destination.ts';
import { readHealth } from '../health/health.ts';
import { openServer } from '../server.ts';
import { assertOwnVault, claimVault, probeVault } from './claim-vault.ts';

for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);

let lab: VaultLab;
let folder: string;
let one: TestServer;
let other: TestServer;

beforeAll(async () => {
  lab = await openVaultLab('the strict double');
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-claim-'));
  [one, other] = await Promise.all([openTestServer(), openTestServer()]);
});
afterAll(async () => {
  for (const server of [one, other]) await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  await lab[Symbol.asyncDispose]();
});
beforeEach(async () => {
  lab.proxy.faults.length = 0;
  lab.double?.objects.clear();
  for (const { server } of [one, other])
    await server.pool.query('TRUNCATE vault.vault_place, vault.backup, plant.stored_file CASCADE');
});

/** A start of a server, on another machine each time. */
async function start(of: TestServer, more: Record<string, string> = {}): Promise<void> {
  const config = readConfig({ ...of.env, DATA_DIR: folder, ...lab.env('ours'), ...more });
  await probeVault(config);
  const server = await openServer(config);
  try {
    await claimVault(server);
    await assertOwnVault(server);
  } finally {
    await server.close();
  }
}

async function makeSomething({ server }: TestServer): Promise<void> {
  await server.pool.query(
    'INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, 1) ON CONFLICT DO NOTHING',
    ['ab'.repeat(32)],
  );
}

const reasonOf = async (start: Promise<void>) => (await refusalOf(start)).reason;

describe('a bucket and a database', () => {
  test('of a new server belong to each other from the first start on', async () => {
    await start(one);
    expect([...(lab.double?.objects.keys() ?? [])]).toEqual(['ours/identity']);
    await makeSomething(one);
    await start(one);
  });

  test('are claimed once by two machines that start at once', async () => {
    await Promise.all([start(one), start(one)]);
    await makeSomething(one);
    await start(one);
  });

  test('stay apart from those of another key', async () => {
    await start(one);
    expect(await reasonOf(start(other))).toBe('vaultOfOtherServer');
    await makeSomething(one);
    const SERVER_KEY = randomBytes(32).toString('hex');
    expect(await reasonOf(start(one, { SERVER_KEY }))).toBe('vaultOfOtherServer');
  });

  test('stay apart from another database of the same key', async () => {
    await start(one);
    const { SERVER_KEY = '' } = one.env;
    expect(await reasonOf(start(other, { SERVER_KEY }))).toBe('vaultOfOtherDatabase');
    await start(other, { ...lab.env('theirs'), SERVER_KEY });
  });

  test('are not joined where something else lies, or what was there is gone', async () => {
    lab.double?.objects.set('ours/chunks/x', {
      bytes: Buffer.alloc(1),
      etag: '',
      modifiedAt: new Date(),
    });
    expect(await reasonOf(start(one))).toBe('vaultNotEmpty');
    lab.double?.objects.clear();
    await start(one);
    await makeSomething(one);
    lab.double?.objects.clear();
    expect(await reasonOf(start(one))).toBe('vaultEmptied');
    expect(lab.double?.objects.size).toBe(0);
  });

  test('are found again only where the database says', async () => {
    await start(one);
    // Nothing was made yet: it may lie anywhere.
    await start(one, lab.env('elsewhere'));
    await makeSomething(one);
    expect(await reasonOf(start(one))).toBe('vaultElsewhere');
    expect(await reasonOf(start(one, { VAULT_URL: '' }))).toBe('vaultElsewhere');
    await start(one, lab.env('elsewhere'));
  });

  test('do not come together where the database has something in its folder', async () => {
    await start(one, { VAULT_URL: '' });
    await makeSomething(one);
    expect(await reasonOf(start(one))).toBe('vaultInFolder');
    await start(one, { VAULT_URL: '' });
  });
});

test('a destination in the own prefix, or around it, is refused', async () => {
  const { S3_ENDPOINT: endpoint = '' } = lab.env('ours/plant');
  const { vault } = readConfig({ ...one.env, ...lab.env('ours/plant') });
  const place = {
    kind: 'S3',
    bucket: 'vault',
    prefix: '',
    endpoint,
    region: 'x',
    pathStyle: true,
  } as const;
  const reaching = (prefix: string, bucket = 'vault') =>
    assertElsewhere(
      { dataDir: folder, vault },
      { ...place, bucket, prefix, accessKeyId: null, profile: null },
    );
  for (const prefix of ['', 'ours', 'ours/plant', 'ours/plant/copies'])
    expect((await refusalOf(reaching(prefix))).reason).toBe('placeIsOwnVault');
  await reaching('ours/plants');
  await reaching('ours/plant', 'another');
});

test('health says when the bucket does not answer', async () => {
  const server = await openServer(readConfig({ ...one.env, ...lab.env('ours') }));
  const codes = async () => (await readHealth(server)).problems.map(({ code }) => code);
  lab.proxy.faults.push({ on: () => true, fault: failing });
  expect(await codes()).toContain('VAULT_UNAVAILABLE');
  await server.close();
  expect((await readHealth(one.server)).problems.map(({ code }) => code)).not.toContain(
    'VAULT_UNAVAILABLE',
  );
});

describe('before anything is made, a start says in one line', () => {
  const probing = (more: Record<string, string> = {}) =>
    refusalOf(
      (async () =>
        probeVault(readConfig({ ...one.env, DATA_DIR: folder, ...lab.env('ours'), ...more })))(),
    );
  const denied = saying(403, '<Error><Code>AccessDenied</Code><Message>No.</Message></Error>');

  test('that there is no such bucket', async () => {
    const error = await probing({ VAULT_URL: 's3://another/ours' });
    expect(error).toMatchObject({ code: 'VAULT_UNAVAILABLE', reason: 'placeMissing' });
    expect(errorText(error).message).toContain('s3://another/ours');
  });

  test.each(['GET', 'PUT', 'DELETE'])('that %s is not allowed', async (method) => {
    lab.proxy.faults.push({ on: (request) => request.method === method, fault: denied });
    expect(await probing()).toMatchObject({ code: 'VAULT_UNAVAILABLE', reason: 'placeRefused' });
  });

  test('that nobody answers there', async () => {
    const error = await probing({ S3_ENDPOINT: 'http://127.0.0.1:9' });
    expect(error).toMatchObject({ code: 'VAULT_UNAVAILABLE', reason: 'placeUnreachable' });
  });

  test.each([
    ['VAULT_URL', 'https://example.net/bucket'],
    ['VAULT_URL', 's3://'],
    ['VAULT_URL', 's3://key:secret@bucket/x'],
    ['VAULT_URL', 's3://bucket/a?x=1'],
    ['S3_ENDPOINT', 'minio:9000'],
  ])('that %s=%s is wrong', async (name, value) => {
    const error = await probing({ [name]: value });
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID', params: { variable: name } });
  });

  test('that a key is missing, and makes none that would not fit', async () => {
    await start(one);
    expect((await probing({ SERVER_KEY: '' })).reason).toBe('vaultNeedsKey');
    expect(await readdir(folder)).not.toContain('server.key');
  });
});
