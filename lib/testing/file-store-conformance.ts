import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileStore } from '#plant/file-store.ts';
import { refusalOf } from './network.ts';

export interface FileStoreUnderTest extends AsyncDisposable {
  readonly store: FileStore;
  /** What lies there, by any names. */
  names(): Promise<string[]>;
  /** Alters what holds this content. */
  damage(sha256: string): Promise<void>;
}

export async function* pieces(...list: Buffer[]) {
  for (const piece of list) yield piece;
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found = [];
  // A source may use the memory of a piece again.
  for await (const piece of source) found.push(Buffer.from(piece));
  return Buffer.concat(found);
}

export const sha256Of = (body: Buffer) => createHash('sha256').update(body).digest('hex');

async function* breaking(first: Buffer) {
  yield first;
  throw new Error('the line broke');
}

/** Tests what every store of the posts' files must do. */
export function describeFileStore(kind: string, open: () => Promise<FileStoreUnderTest>): void {
  describe(`file store: ${kind}`, () => {
    let under: FileStoreUnderTest;
    let store: FileStore;
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(() => under[Symbol.asyncDispose]());

    test('a content received is the store’s only when it is kept', async () => {
      const before = await under.names();
      const [a, b] = [randomBytes(70_000), randomBytes(5)];
      const whole = Buffer.concat([a, b]);
      const sha256 = sha256Of(whole);
      {
        await using received = await store.receive(pieces(a, b), 100_000);
        expect(received).toMatchObject({ sha256, bytes: 70_005 });
        expect(await store.has(sha256)).toBe(false);
      }
      expect(await under.names()).toEqual(before);
      {
        await using received = await store.receive(pieces(a, b), 100_000);
        await received.keep();
        await received.keep();
      }
      expect(await store.has(sha256)).toBe(true);
      expect((await collect(store.read(sha256))).equals(whole)).toBe(true);
    });

    test.each([0, 1, 70_000, 4 * 1024 ** 2, 4 * 1024 ** 2 + 1, 9_000_000])(
      'gives back %i bytes, whole and any range of them',
      async (size) => {
        const body = randomBytes(size);
        await store.write(
          sha256Of(body),
          pieces(body.subarray(0, size / 3), body.subarray(size / 3)),
        );
        const content = await store.open(sha256Of(body));
        expect(content.bytes).toBe(size);
        const ends = [0, 1, 4_194_303, 4_194_304, 4_194_305, size - 1, size].filter(
          (end) => end >= 0 && end <= size,
        );
        for (const start of ends)
          for (const end of ends.filter((one) => one >= start)) {
            const found = await collect(content.read(start, end));
            expect(found.equals(body.subarray(start, end)), `${start}-${end}`).toBe(true);
          }
      },
    );

    test.each([
      ['too large', () => pieces(randomBytes(60), randomBytes(60)), 'PAYLOAD_TOO_LARGE', 100],
      ['broken off', () => breaking(randomBytes(60)), null, 100],
      ['broken off late', () => breaking(randomBytes(9_000_000)), null, 10_000_000],
    ])('a content %s leaves nothing', async (_what, source, code, most) => {
      const before = await under.names();
      const thrown = await store.receive(source(), most).catch((error: unknown) => error);
      expect((thrown as { code?: string }).code ?? null).toBe(code);
      expect(await under.names()).toEqual(before);
    });

    test('bytes that do not match their digest are refused, and replace nothing', async () => {
      const body = randomBytes(100);
      await store.write(sha256Of(body), pieces(body));
      const error = await refusalOf(store.write(sha256Of(body), pieces(randomBytes(100))));
      expect(error.code).toBe('DIGEST_MISMATCH');
      expect((await collect(store.read(sha256Of(body)))).equals(body)).toBe(true);
    });

    test.each([100, 9_000_000])(
      'a content of %i bytes written again heals a damaged one',
      async (size) => {
        const body = randomBytes(size);
        const sha256 = sha256Of(body);
        await store.write(sha256, pieces(body));
        await under.damage(sha256);
        await store.write(sha256, pieces(body));
        expect((await collect(store.read(sha256))).equals(body)).toBe(true);
      },
    );

    test('reading a missing content says so by its code, and removing it is no error', async () => {
      const absent = sha256Of(Buffer.from('absent'));
      expect((await refusalOf(store.open(absent))).code).toBe('FILE_MISSING');
      expect((await refusalOf(collect(store.read(absent)))).code).toBe('FILE_MISSING');
      await store.delete(absent);
    });

    test.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(64)}/x`])(
      '%j is no name of a content',
      async (name) => {
        await expect((async () => store.has(name))()).rejects.toThrow(RangeError);
      },
    );

    test.each([1, 1000])('tells of %i contents which are here', async (count) => {
      const body = randomBytes(10);
      await store.write(sha256Of(body), pieces(body));
      const isHere = await store.asking(count);
      expect(await isHere(sha256Of(body))).toBe(true);
      expect(await isHere(sha256Of(Buffer.from('absent')))).toBe(false);
    });

    test('the list names every content, and no longer one that was removed', async () => {
      const bodies = [randomBytes(10), randomBytes(20), randomBytes(5_000_000)];
      for (const body of bodies) await store.write(sha256Of(body), pieces(body));
      const listed = async () => {
        const found: string[] = [];
        for await (const { sha256 } of store.list()) found.push(sha256);
        return found;
      };
      expect(await listed()).toEqual(expect.arrayContaining(bodies.map(sha256Of)));
      for (const body of bodies) await store.delete(sha256Of(body));
      for (const body of bodies) expect(await listed()).not.toContain(sha256Of(body));
    });
  });
}
