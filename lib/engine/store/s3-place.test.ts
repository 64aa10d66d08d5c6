import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  type Exchange,
  neverAnswering,
  overlappingListing,
  passOn,
  repeatingListing,
} from '#testing/fault-proxy.ts';
import { KEYS, openS3Lab } from '#testing/s3-lab.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { ObjectStore } from './port.ts';

describeObjectStore('S3', async () => {
  const lab = await openS3Lab(3);
  return {
    store: (await openPlace(lab.access)).store,
    beside: (await openPlace(lab.access)).store,
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
});

async function names(store: ObjectStore, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list(prefix)) found.push(name);
  return found;
}

async function putAll(store: ObjectStore, all: readonly string[]): Promise<void> {
  for (const name of all) await store.put(name, Buffer.from(name));
}

const TEN = Array.from({ length: 10 }, (_, n) => `chunks/0${n}.1`);

test('a listing goes on over all pages', async () => {
  await using lab = await openS3Lab(3);
  await putAll(lab.store, TEN);
  lab.proxy.requests.length = 0;
  expect(await names(lab.store)).toEqual(TEN);
  expect(lab.proxy.requests).toHaveLength(4);
});

test.each([
  ['within a page', () => repeatingListing],
  ['where pages overlap', overlappingListing],
])('a name that is listed twice %s is given once', async (_where, fault) => {
  await using lab = await openS3Lab(3);
  await putAll(lab.store, TEN);
  lab.strike(fault(), 'GET');
  expect(await names(lab.store)).toEqual(TEN);
});

test('what others put beside our objects is not listed', async () => {
  await using lab = await openS3Lab();
  await putAll(lab.store, ['chunks/aa.1']);
  const object = { bytes: Buffer.alloc(0), etag: '""', modifiedAt: new Date() };
  for (const name of ['Read me & <weep>.txt', '', 'chunks/', 'chunks//aa.1', '../aa.1', 'CON'])
    lab.server.objects.set(lab.key(name), object);
  lab.server.objects.set('chunks/bb.1', object);
  expect(await names(lab.store)).toEqual(['chunks/aa.1']);
});

test('two prefixes of a bucket do not see each other, nor does the bucket without one', async () => {
  await using lab = await openS3Lab();
  const [one, longer, none] = [
    lab.store,
    (await lab.open({ prefix: `${lab.access.prefix}2` })).store,
    (await lab.open({ prefix: '' })).store,
  ];
  await putAll(one, ['one.1']);
  await putAll(longer, ['two.1']);
  await putAll(none, ['three.1']);
  expect([await names(one), await names(longer)]).toEqual([['one.1'], ['two.1']]);
  expect(await names(none)).toEqual(['three.1']);
  expect([...lab.server.objects.keys()]).toEqual(['a plant/one.1', 'a plant2/two.1', 'three.1']);
  expect([await one.has('two.1'), await one.has('three.1')]).toEqual([false, false]);
  await one.delete('three.1');
  expect(await none.has('three.1')).toBe(true);
});

test('the bucket may stand in the host name', async () => {
  await using lab = await openS3Lab();
  const { port } = new URL(lab.proxy.endpoint);
  const { store } = await lab.open(
    { pathStyle: false, endpoint: `http://s3.test:${port}` },
    { lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
  );
  await putAll(store, ['one.1']);
  expect((await store.get('one.1')).toString()).toBe('one.1');
  expect(lab.server.requests[0]).toMatch(/^PUT \/a%20plant\/one\.1/);
});

test('an object is sent with its MD5, which the place compares', async () => {
  await using lab = await openS3Lab();
  expect(lab.place.comparesChecksums).toBe(true);
  // The double refuses a put without Content-MD5, or with another one.
  await expect(lab.store.put('one.1', Buffer.from('one'))).resolves.toBeUndefined();
});

test('no more than 16 requests run at once', async () => {
  await using lab = await openS3Lab();
  await putAll(lab.store, TEN);
  const held: Exchange[] = [];
  lab.strike((exchange) => held.push(exchange));
  const getting = [...TEN, ...TEN].map((name) => lab.store.get(name));
  await vi.waitFor(() => expect(held).toHaveLength(16), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(held).toHaveLength(16);
  lab.proxy.faults.length = 0;
  for (const exchange of held) passOn(exchange);
  expect(await Promise.all(getting)).toHaveLength(20);
});

test("it tells the place's clock", async () => {
  await using lab = await openS3Lab();
  lab.server.clockAheadMs = 10 * 60_000;
  const clock = await lab.place.clock();
  expect(Number(clock) - Date.now()).toBeGreaterThan(9 * 60_000);
});

test('a signal ends requests under way, and those that come after', async () => {
  await using lab = await openS3Lab();
  const ending = new AbortController();
  const patience = { idleMs: 3_600_000 };
  const { store } = await lab.open({}, { signal: ending.signal }, patience);
  lab.strike(neverAnswering);
  const all = Promise.allSettled([
    store.get('one.1'),
    store.has('one.1'),
    store.putNew('one.1', Buffer.from('x')),
  ]);
  await vi.waitFor(() => expect(lab.proxy.requests).toHaveLength(3), 10_000);
  const reason = new Error('enough');
  ending.abort(reason);
  expect(await all).toEqual(Array(3).fill({ status: 'rejected', reason }));
  await expect(names(store)).rejects.toBe(reason);
  expect(lab.proxy.requests).toHaveLength(3);
});

afterEach(() => vi.unstubAllEnvs());

/** The environment that the AWS SDK finds; no folder of whoever runs the test. */
async function stubEnvironment(files: { credentials: string }, variables = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-aws-'));
  await writeFile(path.join(folder, 'credentials'), files.credentials);
  const environment = {
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'),
    AWS_CONFIG_FILE: path.join(folder, 'config'),
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    ...variables,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const inFile = (profile: string) =>
  `[${profile}]\naws_access_key_id=${KEYS.accessKeyId}\naws_secret_access_key=${KEYS.secretAccessKey}\n`;
const inEnvironment = {
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
};

test.each([
  ['variables', null, '', inEnvironment],
  ['the default profile', null, inFile('default'), {}],
  ['a profile that is named', { profile: 'nas' }, inFile('nas'), {}],
])('keys are found in %s', async (_where, credentials, file, variables) => {
  await using lab = await openS3Lab();
  await using _ = await stubEnvironment({ credentials: file }, variables);
  await expect(lab.open({ credentials })).resolves.toBeDefined();
});

test.each([null, { profile: 'nas' }])('that there are no keys is told: %j', async (credentials) => {
  await using lab = await openS3Lab();
  await using _ = await stubEnvironment({ credentials: inFile('other') });
  await expect(lab.open({ credentials })).rejects.toMatchObject({
    reason: 'placeRefused',
    params: { detail: expect.stringContaining('there is no access key') },
  });
});
