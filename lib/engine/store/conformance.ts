import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from './port.ts';

/** One store, opened twice as by two processes: both see the same objects. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly beside: ObjectStore;
}

/** Tests what every kind of object store must do. */
export function describeObjectStore(kind: string, open: () => Promise<StoreUnderTest>): void {
  describe(`object store: ${kind}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under[Symbol.asyncDispose]());

    const someName = () => `chunks/ab/${randomBytes(8).toString('hex')}.1`;

    async function names(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const { name } of under.store.list(prefix)) found.push(name);
      return found.sort();
    }

    test.each([0, 1, 65_536, 3_000_000])('gives back %i bytes as they were put', async (size) => {
      const [name, bytes] = [someName(), randomBytes(size)];
      await under.store.put(name, bytes);
      await under.store.sync();
      expect((await under.store.get(name)).equals(bytes)).toBe(true);
      expect((await under.beside.get(name)).equals(bytes)).toBe(true);
      expect(await under.beside.has(name)).toBe(true);
    });

    test.each([0, 1, 999, 1000, 1001, 3000, 3_000_000])(
      'reads %i bytes back at once, in memory of the caller',
      async (size) => {
        const [name, bytes] = [someName(), randomBytes(size)];
        await under.store.put(name, bytes);
        const found = await under.store.get(name);
        expect(found.equals(bytes)).toBe(true);
        found.fill('x');
        expect((await under.store.get(name)).equals(bytes)).toBe(true);
      },
    );

    test('puts a view of a larger buffer, not the buffer', async () => {
      const [name, bytes] = [someName(), randomBytes(100)];
      await under.store.put(name, bytes.subarray(10, 20));
      expect((await under.store.get(name)).equals(bytes.subarray(10, 20))).toBe(true);
    });

    test('replaces an object of the same name', async () => {
      const name = someName();
      await under.store.put(name, Buffer.from('first, and longer'));
      await under.store.put(name, Buffer.from('second'));
      expect((await under.beside.get(name)).toString()).toBe('second');
    });

    test('shows one whole object or the other while both are put at once', async () => {
      const name = someName();
      const [a, b] = [Buffer.alloc(500_000, 'a'), Buffer.alloc(400_000, 'b')];
      await Promise.all([under.store.put(name, a), under.beside.put(name, b)]);
      const found = await under.store.get(name);
      expect(found.equals(a) || found.equals(b)).toBe(true);
    });

    test('puts a new object once, and never over another', async () => {
      const name = someName();
      expect(await under.store.putNew(name, Buffer.from('first'))).toBe(true);
      expect(await under.beside.putNew(name, Buffer.from('second'))).toBe(false);
      expect((await under.beside.get(name)).toString()).toBe('first');
      const replaced = someName();
      await under.store.put(replaced, Buffer.from('first'));
      expect(await under.store.putNew(replaced, Buffer.from('second'))).toBe(false);
      await under.store.delete(replaced);
      expect(await under.store.putNew(replaced, Buffer.from('third'))).toBe(true);
    });

    test('lets one of 20 win that put the same new object at once', async () => {
      const name = someName();
      const all = Array.from({ length: 20 }, (_, n) => Buffer.alloc(50_000, String(n % 10)));
      const won = await Promise.all(
        all.map((bytes, n) => (n % 2 ? under.store : under.beside).putNew(name, bytes)),
      );
      expect(won.filter((one) => one)).toHaveLength(1);
      const found = await under.store.get(name);
      expect(found.equals(all[won.indexOf(true)] as Buffer)).toBe(true);
      expect(await names(name)).toEqual([name]);
    });

    test('throws CHUNK_MISSING for an object that it lacks', async () => {
      const name = someName();
      await expect(under.store.get(name)).rejects.toMatchObject({ code: 'CHUNK_MISSING' });
      expect(await under.store.has(name)).toBe(false);
    });

    test('deletes an object, and does nothing where there is none', async () => {
      const name = someName();
      await under.store.put(name, Buffer.from('x'));
      await under.store.delete(name);
      await under.beside.delete(name);
      expect(await under.store.has(name)).toBe(false);
    });

    test('lists names, sizes and times under a prefix and nothing else', async () => {
      const before = Date.now() - 60_000;
      await under.store.put('manifests/one.1', Buffer.from('12345'));
      await under.store.put('manifests/two.1', Buffer.from('1'));
      await under.store.put('manifests-not/three.1', Buffer.from('1'));
      expect(await names('manifests/')).toEqual(['manifests/one.1', 'manifests/two.1']);
      expect(await names('manifests/o')).toEqual(['manifests/one.1']);
      expect(await names('nothing/')).toEqual([]);
      for await (const { name, bytes, modifiedAt } of under.store.list('manifests/one'))
        expect([name, bytes, modifiedAt.getTime() > before]).toEqual(['manifests/one.1', 5, true]);
    });

    test.each(['../outside', '/etc/passwd', 'a/../../b', 'UPPER', '', 'a//b', 'a\0b'])(
      'refuses the name %j',
      async (name) => {
        await expect((async () => under.store.put(name, Buffer.from('x')))()).rejects.toThrow(
          RangeError,
        );
        await expect((async () => under.store.get(name))()).rejects.toThrow(RangeError);
      },
    );

    test('tidies up without touching objects', async () => {
      const before = await names('');
      await under.store.tidy(new Date(Date.now() + 60_000));
      expect(await names('')).toEqual(before);
    });

    test('says how many bytes are free, or that it cannot tell', async () => {
      const free = await under.store.freeBytes();
      expect(free === null || free > 0n).toBe(true);
    });
  });
}
