import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { headObject } from '#engine/files/content-objects.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { collect, describeFileStore, pieces, sha256Of } from '#testing/file-store-conformance.ts';
import { refusalOf } from '#testing/network.ts';
import { openS3Lab } from '#testing/s3-lab.ts';
import { ObjectFiles } from './object-files.ts';

const LARGE = 9_000_000;
const later = () => new Date(Date.now() + 60_000);

const lab = await openS3Lab(3);
afterAll(() => lab[Symbol.asyncDispose]());
const keys = deriveKeys(randomBytes(32));
const files = new ObjectFiles(lab.store, keys);
const { objects } = lab.server;

describeFileStore('objects of a store', async () => ({
  store: files,
  names: async () => [...objects.keys()].sort(),
  async damage(sha256) {
    const large = [...objects.keys()].filter((name) => name.includes('/pieces/'));
    for (const name of [lab.key(headObject(keys, sha256)), ...large]) flip(name);
  },
  [Symbol.asyncDispose]: async () => {},
}));

/** Changes the last byte of an object. */
function flip(name: string): void {
  const object = objects.get(name);
  if (!object || object.bytes.length === 0) return;
  const bytes = Buffer.from(object.bytes);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  objects.set(name, { ...object, bytes });
}

const named = (part: string) => [...objects.keys()].filter((name) => name.includes(part));

test.each([1000, LARGE])(
  '%i bytes lie there sealed, under a name that does not tell them',
  async (size) => {
    objects.clear();
    const body = Buffer.alloc(size, 'the owner of this house');
    await files.write(sha256Of(body), pieces(body));
    for (const [name, { bytes }] of objects) {
      expect(name).not.toContain(sha256Of(body));
      expect(bytes.includes('owner of this')).toBe(false);
    }
  },
);

test.each([1000, LARGE])('a byte of %i that was changed there is found', async (size) => {
  objects.clear();
  const body = randomBytes(size);
  await files.write(sha256Of(body), pieces(body));
  flip(named(size === LARGE ? '/pieces/' : '/files/').at(0) ?? '');
  const error = await refusalOf(collect(files.read(sha256Of(body))));
  expect(error).toMatchObject({ code: 'CHUNK_CORRUPT', reason: 'filePieceDamaged' });
});

test('pieces of one content do not pass as those of another', async () => {
  objects.clear();
  const [one, other] = [randomBytes(LARGE), randomBytes(LARGE)];
  await files.write(sha256Of(one), pieces(one));
  const [first = ''] = named('/pieces/');
  await files.write(sha256Of(other), pieces(other));
  const second = named('/pieces/').find((name) => !first.startsWith(name.slice(0, -2))) ?? '';
  objects.set(
    first,
    objects.get(second) ?? { bytes: Buffer.alloc(0), etag: '', modifiedAt: later() },
  );
  expect((await refusalOf(collect(files.read(sha256Of(one))))).code).toBe('CHUNK_CORRUPT');
});

test('another server’s key opens nothing', async () => {
  objects.clear();
  const body = randomBytes(10);
  await files.write(sha256Of(body), pieces(body));
  const head = objects.get(lab.key(headObject(keys, sha256Of(body))));
  const theirs = deriveKeys(randomBytes(32));
  if (head) objects.set(lab.key(headObject(theirs, sha256Of(body))), head);
  const reading = new ObjectFiles(lab.store, theirs).read(sha256Of(body));
  expect((await refusalOf(collect(reading))).code).toBe('WRONG_KEY');
});

test('old pieces go that no head names, and no others', async () => {
  objects.clear();
  const body = randomBytes(LARGE);
  await files.write(sha256Of(body), pieces(body));
  const whole = new Set(objects.keys());
  // A process that died before it kept what it had received, and one that died in between.
  await files.receive(pieces(randomBytes(LARGE)), LARGE);
  const dying = await files.receive(pieces(randomBytes(LARGE)), LARGE);
  lab.strike(
    ({ response }) => response.socket?.resetAndDestroy(),
    ({ url }) => url.includes('/files/'),
  );
  await refusalOf(dying.keep());
  lab.proxy.faults.length = 0;
  expect(await files.deletePartials(new Date(Date.now() - 600_000))).toBe(0);
  expect(objects.size).toBeGreaterThan(whole.size);
  expect(await files.deletePartials(later())).toBe(2);
  expect(new Set(objects.keys())).toEqual(whole);
  await files.delete(sha256Of(body));
  expect(await files.deletePartials(later())).toBe(1);
  expect(objects.size).toBe(0);
});

test('of a large content that came twice the older pieces go, once nobody reads them', async () => {
  objects.clear();
  const body = randomBytes(LARGE);
  await files.write(sha256Of(body), pieces(body));
  const first = named('/pieces/');
  const { read } = await files.open(sha256Of(body));
  await files.write(sha256Of(body), pieces(body));
  expect((await collect(read(0, LARGE))).equals(body)).toBe(true);
  expect(await files.deletePartials(later())).toBe(1);
  expect(named('/pieces/').filter((name) => first.includes(name))).toEqual([]);
  expect((await collect(files.read(sha256Of(body)))).equals(body)).toBe(true);
});

test('a small content is one request to write and one to read', async () => {
  const body = randomBytes(200_000);
  lab.server.requests.length = 0;
  await files.write(sha256Of(body), pieces(body));
  await collect(files.read(sha256Of(body)));
  expect(lab.server.requests.map((request) => request.slice(0, 3))).toEqual(['PUT', 'GET']);
});
