import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { expect, test, vi } from 'vitest';
import { networks } from '#config';
import { guardedLookup } from '#services/notifications/public-address.ts';
import {
  alteringUpload,
  answering,
  breakingDownload,
  breakingUpload,
  endlessListing,
  expiringToken,
  type Fault,
  failing,
  losingAnswer,
  neverAnswering,
  saying,
  shortListing,
  slowingDown,
  staleListing,
  stallingBody,
  truncatingBody,
  wrongETag,
} from '#testing/fault-proxy.ts';
import { freePort } from '#testing/free-port.ts';
import { openS3Lab } from '#testing/s3-lab.ts';
import { startS3Server } from '#testing/s3-server.ts';
import type { ObjectStore } from './port.ts';

const ONE = Buffer.from('the first object');
const OTHER = Buffer.from('another one');

async function names(store: ObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list('')) found.push(name);
  return found;
}

/** Every operation that asks the place, on one object. */
const operations: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  put: (store) => store.put('one.1', ONE),
  putNew: (store) => store.putNew('new.1', ONE),
  get: (store) => store.get('one.1'),
  has: (store) => store.has('one.1'),
  delete: (store) => store.delete('one.1'),
  list: names,
};

const failed = (reason: string, detail?: string) => ({
  code: 'DESTINATION_UNUSABLE',
  reason,
  params: {
    place: 's3://backups/a%20plant',
    ...(detail && { detail: expect.stringContaining(detail) }),
  },
});

test.each<[string, Fault, string, string?]>([
  ['access denied', answering(403, 'AccessDenied'), 'placeRefused', 'AccessDenied: scripted'],
  ['an unknown key', answering(403, 'InvalidAccessKeyId'), 'placeRefused', 'InvalidAccessKeyId'],
  ['a wrong secret', answering(403, 'SignatureDoesNotMatch'), 'placeRefused', 'Signature'],
  ['an expired token', expiringToken, 'placeRefused', 'ExpiredToken'],
  ['clocks that differ', answering(403, 'RequestTimeTooSkewed'), 'placeRefused', 'the clocks of'],
  ['a missing bucket', answering(404, 'NoSuchBucket'), 'placeMissing'],
  ['a used-up quota', answering(403, 'QuotaExceeded'), 'placeFull'],
  ['a full disk', answering(507, 'InsufficientStorage'), 'placeFull'],
  ['a lack of storage by status alone', saying(507, ''), 'placeFull'],
  ['what is not implemented', answering(501, 'NotImplemented'), 'placeCannot', 'NotImplemented'],
  ['a request it does not like', answering(400, 'InvalidRequest'), 'placeFailed', 'InvalidRequest'],
  ['no S3 at all', saying(418, '<html>I am a teapot</html>'), 'placeFailed', 'HTTP status 418'],
  [
    'another region',
    answering(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }),
    'placeFailed',
    'in the region eu-west-1, not in us-east-1',
  ],
])('%s is told at once, by every operation', async (_what, fault, reason, detail) => {
  await using lab = await openS3Lab();
  lab.strike(fault);
  for (const operation of Object.values(operations)) {
    lab.proxy.requests.length = 0;
    await expect(operation(lab.store)).rejects.toMatchObject(failed(reason, detail));
    expect(lab.proxy.requests.filter((one) => !one.includes('max-keys=1'))).toHaveLength(1);
  }
  await expect(lab.open()).rejects.toMatchObject(failed(reason, detail));
});

test.each<[string, Fault, string, string?]>([
  ['an internal error', failing, 'placeFailed', 'InternalError'],
  ['a place that is overrun', slowingDown, 'placeFailed', 'SlowDown'],
  [
    'a gateway without its server',
    saying(502, '<html>Bad Gateway</html>'),
    'placeFailed',
    'status 502',
  ],
  ['a time-out of the place', answering(400, 'RequestTimeout'), 'placeFailed', 'RequestTimeout'],
  ['a broken connection', ({ response }) => response.socket?.resetAndDestroy(), 'placeFailed'],
])(
  '%s is tried again, three times in all, by every operation',
  async (_what, fault, reason, detail) => {
    await using lab = await openS3Lab();
    for (const [name, operation] of Object.entries(operations)) {
      lab.proxy.faults.length = 0;
      if (name !== 'put') await lab.store.put('one.1', ONE);
      lab.strike(fault, undefined, 2);
      await operation(lab.store);
      lab.proxy.requests.length = 0;
      lab.strike(fault);
      // An answer to HEAD names no error.
      const said = name === 'has' ? undefined : detail;
      await expect(operation(lab.store)).rejects.toMatchObject(failed(reason, said));
      const asked = lab.proxy.requests.filter((one) => !one.includes('max-keys=1'));
      expect(asked).toHaveLength(3);
    }
  },
);

test.each<[string, Fault, string, string]>([
  ['breaks off', breakingDownload, 'placeFailed', 'broke off'],
  ['ends early', truncatingBody, 'placeFailed', 'broke off'],
  ['comes to a halt', stallingBody, 'placeUnreachable', 'it does not answer in time'],
])(
  'a body that %s is read again, and never given for whole',
  async (_how, fault, reason, detail) => {
    await using lab = await openS3Lab();
    await lab.store.put('one.1', ONE);
    const { store } = await lab.open({}, {}, { idleMs: 200, tries: 2 });
    lab.strike(fault, 'GET', 1);
    expect((await store.get('one.1')).equals(ONE)).toBe(true);
    lab.strike(fault, 'GET');
    await expect(store.get('one.1')).rejects.toMatchObject(failed(reason, detail));
  },
);

test('a place that never answers is told as unreachable', async () => {
  await using lab = await openS3Lab();
  const { store } = await lab.open({}, {}, { idleMs: 50, tries: 2 });
  lab.strike(neverAnswering);
  await expect(store.get('one.1')).rejects.toMatchObject(failed('placeUnreachable'));
  expect(lab.proxy.requests).toHaveLength(2);
});

test('an upload that breaks off is sent again whole', async () => {
  await using lab = await openS3Lab();
  const large = Buffer.alloc(3_000_000, 'x');
  lab.strike(breakingUpload, 'PUT', 2);
  await lab.store.put('one.1', large);
  expect((await lab.store.get('one.1')).equals(large)).toBe(true);
  expect(lab.proxy.requests.filter((one) => one.startsWith('PUT'))).toHaveLength(3);
});

test('a new object is put where the answer to the first try was lost', async () => {
  await using lab = await openS3Lab();
  lab.strike(losingAnswer, 'PUT', 1);
  expect(await lab.store.putNew('one.1', ONE)).toBe(true);
  expect((await lab.store.get('one.1')).equals(ONE)).toBe(true);
});

test('a new object is not put over another where an answer was lost', async () => {
  await using lab = await openS3Lab();
  await lab.store.put('one.1', OTHER);
  lab.strike(losingAnswer, 'PUT', 1);
  expect(await lab.store.putNew('one.1', ONE)).toBe(false);
  expect((await lab.store.get('one.1')).equals(OTHER)).toBe(true);
});

test('an object of the same bytes is another one where no answer was lost', async () => {
  await using lab = await openS3Lab();
  await lab.store.put('one.1', ONE);
  expect(await lab.store.putNew('one.1', ONE)).toBe(false);
  lab.strike(answering(409, 'ConditionalRequestConflict'), 'PUT', 1);
  expect(await lab.store.putNew('one.1', ONE)).toBe(false);
});

test('a conflict of two puts is tried again', async () => {
  await using lab = await openS3Lab();
  lab.strike(answering(409, 'ConditionalRequestConflict'), 'PUT', 1);
  expect(await lab.store.putNew('one.1', ONE)).toBe(true);
});

test('a place that does not know conditions is told as such', async () => {
  await using lab = await openS3Lab();
  lab.server.conditions = 'notImplemented';
  await expect(lab.store.putNew('one.1', ONE)).rejects.toMatchObject(failed('placeCannot'));
  expect(lab.server.objects.size).toBe(0);
});

test.each(['put', 'putNew'] as const)('%s tells that a place stored other bytes', async (put) => {
  await using lab = await openS3Lab();
  lab.strike(wrongETag, 'PUT');
  await expect(lab.store[put]('one.1', ONE)).rejects.toMatchObject({
    reason: 'placeObjectAltered',
    params: { object: 'one.1' },
  });
});

test.each([
  ['of several parts', { etag: '"0123456789abcdef0123456789abcdef-2"' }],
  ['of another kind', { etag: '"1"' }],
  [
    'under a key of KMS',
    { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' },
  ],
])('an ETag %s is not compared', async (_kind, headers) => {
  await using lab = await openS3Lab();
  lab.strike(saying(200, '', headers), 'PUT');
  await expect(lab.store.put('one.1', ONE)).resolves.toBeUndefined();
});

test('what is altered on its way is refused and not stored', async () => {
  await using lab = await openS3Lab();
  lab.strike(alteringUpload, 'PUT');
  await expect(lab.store.put('one.1', ONE)).rejects.toMatchObject(failed('placeFailed'));
  expect(lab.server.objects.size).toBe(0);
});

test('a bucket that is gone is told by every operation, and not taken for missing objects', async () => {
  await using lab = await openS3Lab();
  lab.server.bucketIsThere = false;
  for (const operation of Object.values(operations))
    await expect(operation(lab.store)).rejects.toMatchObject(failed('placeMissing'));
});

test('an object is missing only where S3 says so', async () => {
  await using lab = await openS3Lab();
  lab.strike(saying(404, '<html>Not Found</html>'));
  await expect(lab.store.get('one.1')).rejects.toMatchObject(failed('placeFailed'));
  await expect(lab.store.has('one.1')).rejects.toMatchObject(failed('placeFailed'));
});

test('a web server that answers anything with a page is no S3', async () => {
  await using lab = await openS3Lab();
  lab.strike(saying(200, '<html><p>Please sign in</p></html>'));
  await expect(lab.store.put('one.1', ONE)).rejects.toMatchObject(failed('placeFailed'));
  await expect(names(lab.store)).rejects.toMatchObject(failed('placeFailed'));
  await expect(lab.open()).rejects.toMatchObject(failed('placeFailed'));
});

test('nothing is deleted where there is nothing, whatever the place answers to that', async () => {
  await using lab = await openS3Lab();
  lab.strike(answering(404, 'NoSuchKey'), 'DELETE');
  await expect(lab.store.delete('one.1')).resolves.toBeUndefined();
});

test.each([
  [{ bucket: 'other' }, 'placeMissing', undefined],
  [{ credentials: { accessKeyId: 'X', secretAccessKey: 'y' } }, 'placeRefused', 'InvalidAccessKey'],
  [
    { credentials: { accessKeyId: 'TESTKEY', secretAccessKey: 'wrong-and-secret' } },
    'placeRefused',
    'SignatureDoesNotMatch',
  ],
])('it does not open %j', async (changes, reason, detail) => {
  await using lab = await openS3Lab();
  const opening = lab.open(changes);
  await expect(opening).rejects.toMatchObject({ reason });
  const { params, message } = await opening.catch((error) => error);
  if (detail) expect(params.detail).toContain(detail);
  expect(message).not.toContain('wrong-and-secret');
});

test('clocks that differ by more than 15 minutes are told', async () => {
  await using lab = await openS3Lab();
  lab.server.clockAheadMs = 20 * 60_000;
  await expect(lab.open()).rejects.toMatchObject(failed('placeRefused', 'the clocks of'));
});

test('a redirect is not followed', async () => {
  await using lab = await openS3Lab();
  await using elsewhere = await startS3Server({
    bucket: 'backups',
    accessKeyId: 'TESTKEY',
    secretAccessKey: 'test/secret+key',
  });
  for (const status of [301, 302, 307, 308]) {
    lab.proxy.faults.length = 0;
    lab.strike(answering(status, 'TemporaryRedirect', { location: `${elsewhere.endpoint}/x` }));
    for (const operation of Object.values(operations))
      await expect(operation(lab.store)).rejects.toMatchObject(
        failed('placeFailed', 'not followed'),
      );
  }
  expect(elsewhere.requests).toEqual([]);
});

test('a listing that says that it goes on, but not where, is no end of it', async () => {
  await using lab = await openS3Lab();
  await lab.store.put('one.1', ONE);
  lab.strike(endlessListing, 'GET');
  await expect(names(lab.store)).rejects.toMatchObject(failed('placeFailed'));
});

test('the proxy makes listings that lag behind, and short ones', async () => {
  await using lab = await openS3Lab();
  for (const [n, name] of ['one.1', 'two.1', 'three.1', 'four.1'].entries()) {
    lab.server.clockAheadMs = n * 1000;
    await lab.store.put(name, ONE);
  }
  lab.strike(staleListing(1), 'GET', 1);
  expect(await names(lab.store)).toEqual(['one.1', 'three.1', 'two.1']);
  lab.strike(shortListing, 'GET', 1);
  expect(await names(lab.store)).toEqual(['four.1', 'one.1']);
});

test.each([
  ['a name', 'http://localhost:9'],
  ['an IPv4 address', 'http://127.0.0.1:9'],
  ['an IPv6 address', 'http://[::1]:9'],
  ['an address of a cloud', 'http://169.254.169.254'],
  ['an address as a number', 'http://2130706433:9'],
])('a private address is refused before anything is sent: %s', async (_what, endpoint) => {
  await using lab = await openS3Lab();
  const lookup = guardedLookup(networks([]));
  await expect(lab.open({ endpoint }, { lookup })).rejects.toMatchObject({
    code: 'ADDRESS_REFUSED',
    reason: 'privateAddress',
  });
});

test('the address of every connection is checked, not only of the first', async () => {
  await using lab = await openS3Lab();
  const { port } = new URL(lab.proxy.endpoint);
  let allowed = networks(['127.0.0.0/8', '::1/128']);
  const lookup: LookupFunction = (...all) => guardedLookup(allowed)(...all);
  const { store } = await lab.open({ endpoint: `http://localhost:${port}` }, { lookup });
  await store.put('one.1', ONE);
  allowed = networks([]);
  lab.strike(breakingDownload, 'GET');
  await expect(store.get('one.1')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  expect(lab.proxy.requests.filter((one) => one.startsWith('GET'))).toHaveLength(1);
});

test("the lookup of Amazon's own address is checked too", async () => {
  await using lab = await openS3Lab();
  const asked: string[] = [];
  const lookup: LookupFunction = (host, _options, done) => {
    asked.push(host);
    done(Object.assign(new Error('not there'), { code: 'ENOTFOUND' }), '', 0);
  };
  const opening = lab.open({ endpoint: null, pathStyle: false, region: 'eu-west-1' }, { lookup });
  await expect(opening).rejects.toMatchObject(failed('placeUnreachable', 'not there'));
  expect(asked).toEqual(['backups.s3.eu-west-1.amazonaws.com']);
});

test('a connection that nobody takes is told as unreachable', async () => {
  await using lab = await openS3Lab();
  const endpoint = `http://localhost:${await freePort()}`;
  await expect(lab.open({ endpoint })).rejects.toMatchObject(
    failed('placeUnreachable', 'ECONNREFUSED'),
  );
});

test('a connection that is never made is told as unreachable', async () => {
  await using lab = await openS3Lab();
  const opening = lab.open(
    { endpoint: 'http://s3.test' },
    { lookup: () => {} },
    { connectMs: 50, tries: 2 },
  );
  await expect(opening).rejects.toMatchObject(failed('placeUnreachable'));
});

test('a server whose certificate nobody vouches for is told as unreachable', async () => {
  await using lab = await openS3Lab();
  const tls = new URL('../../testing/tls/', import.meta.url);
  const server = https.createServer({
    key: await readFile(new URL('localhost.key.pem', tls)),
    cert: await readFile(new URL('localhost.cert.pem', tls)),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const opening = lab.open({ endpoint: `https://127.0.0.1:${port}` });
  await expect(opening).rejects.toMatchObject(failed('placeUnreachable', 'certificate'));
  server.close();
});

test('a server that speaks no TLS is told as unreachable', async () => {
  await using lab = await openS3Lab();
  const endpoint = lab.proxy.endpoint.replace('http:', 'https:');
  await expect(lab.open({ endpoint })).rejects.toMatchObject(failed('placeUnreachable'));
});

test('a signal ends the wait before the next try', async () => {
  await using lab = await openS3Lab();
  const ending = new AbortController();
  const patience = { firstWaitMs: 10 ** 9, longestWaitMs: 10 ** 9 };
  const { store } = await lab.open({}, { signal: ending.signal }, patience);
  lab.strike(slowingDown);
  const getting = store.get('one.1');
  getting.catch(() => {});
  await vi.waitFor(() => expect(lab.proxy.requests).toHaveLength(1), 10_000);
  ending.abort(new Error('enough'));
  await expect(getting).rejects.toThrow('enough');
});
