import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusalOf } from '#testing/network.ts';
import { type FileStore, openFileStore } from './file-store.ts';

let folder: string;
let store: FileStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-files-'));
  store = await openFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* pieces(...list: Buffer[]) {
  for (const piece of list) yield piece;
}

async function* breaking(first: Buffer) {
  yield first;
  throw new Error('the line broke');
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found = [];
  for await (const piece of source) found.push(piece);
  return Buffer.concat(found);
}

const sha256Of = (body: Buffer) => createHash('sha256').update(body).digest('hex');
const names = async () => (await readdir(folder, { recursive: true })).sort();

test('a content received is the store’s only when it is kept', async () => {
  const [a, b] = [randomBytes(70_000), randomBytes(5)];
  const sha256 = sha256Of(Buffer.concat([a, b]));
  {
    await using received = await store.receive(pieces(a, b), 100_000);
    expect(received).toMatchObject({ sha256, bytes: 70_005 });
    expect(await store.has(sha256)).toBe(false);
  }
  expect(await names()).toEqual([]);
  {
    await using received = await store.receive(pieces(a, b), 100_000);
    await received.keep();
    await received.keep();
  }
  expect(await names()).toEqual([sha256.slice(0, 2), `${sha256.slice(0, 2)}/${sha256}`]);
  expect((await collect(store.read(sha256))).equals(Buffer.concat([a, b]))).toBe(true);
  const content = await store.open(sha256);
  expect(content.bytes).toBe(70_005);
  expect(
    (await collect(content.read(69_999, 70_002))).equals(
      Buffer.concat([a, b]).subarray(69_999, 70_002),
    ),
  ).toBe(true);
});

test.each([
  ['too large', () => pieces(randomBytes(60), randomBytes(60)), 'PAYLOAD_TOO_LARGE'],
  ['broken off', () => breaking(randomBytes(60)), null],
])('a content %s leaves nothing', async (_what, source, code) => {
  const thrown = await store.receive(source(), 100).catch((error: unknown) => error);
  expect((thrown as { code?: string }).code ?? null).toBe(code);
  expect(await names()).toEqual([]);
});

test('bytes that do not match their digest are refused, and replace nothing', async () => {
  const body = randomBytes(100);
  await store.write(sha256Of(body), pieces(body));
  const error = await refusalOf(store.write(sha256Of(body), pieces(randomBytes(100))));
  expect(error.code).toBe('DIGEST_MISMATCH');
  expect((await collect(store.read(sha256Of(body)))).equals(body)).toBe(true);
});

test('a content written again heals a damaged one', async () => {
  const body = randomBytes(100);
  const sha256 = sha256Of(body);
  await store.write(sha256, pieces(body));
  const file = path.join(folder, sha256.slice(0, 2), sha256);
  await writeFile(file, 'damaged');
  await store.write(sha256, pieces(body));
  expect((await readFile(file)).equals(body)).toBe(true);
});

test('reading a missing content says so by its code, and removing it is no error', async () => {
  const absent = sha256Of(Buffer.from('absent'));
  expect((await refusalOf(store.open(absent))).code).toBe('FILE_MISSING');
  expect((await refusalOf(collect(store.read(absent)))).code).toBe('FILE_MISSING');
  await store.delete(absent);
});

test.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(64)}/x`])(
  '%j is no name of a content',
  async (name) => {
    await expect(store.has(name)).rejects.toThrow(RangeError);
  },
);

test('the list names every content and nothing else', async () => {
  const bodies = [randomBytes(10), randomBytes(20), randomBytes(30)];
  for (const body of bodies) await store.write(sha256Of(body), pieces(body));
  await writeFile(path.join(folder, 'x.partial'), 'x');
  const listed = [];
  for await (const { sha256 } of store.list()) listed.push(sha256);
  expect(listed.sort()).toEqual(bodies.map(sha256Of).sort());
});
