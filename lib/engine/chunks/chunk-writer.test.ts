import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackupLab, openBackupLab } from '#testing/backups.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { ObjectStore } from '../store/port.ts';
import { chunkId, chunkObject, fetchChunk } from './chunk.ts';
import { openChunkWriter } from './chunk-writer.ts';

let lab: BackupLab;
beforeAll(async () => {
  lab = await openBackupLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

async function openWriter(store: ObjectStore = lab.store, signal = new AbortController().signal) {
  const index = openChunkIndex(lab.pool, await lab.startJob());
  return openChunkWriter({ store, keys: lab.keys, index, signal });
}

/** Large chunks, which are named on the thread pool, and small ones, which are not, in turn. */
function someChunks(count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => randomBytes(n % 2 === 0 ? 100_000 : 1000));
}

test('every chunk comes back from the store as it was added, in whatever order they were stored', async () => {
  const writer = await openWriter();
  const added = [];
  for (const plain of someChunks(40))
    added.push({ plain, ref: (await writer.add(plain, 'none')).ref });
  await writer.finish();
  for (const { plain, ref } of added) {
    expect((await ref).id).toBe(chunkId(lab.keys, plain));
    expect((await fetchChunk(lab.store, lab.keys, await ref)).equals(plain)).toBe(true);
  }
});

test('bytes that come again are stored once, while they are under way and later', async () => {
  const [large, small] = [randomBytes(200_000), randomBytes(500)];
  const names = new Set<string>();
  const writers = [await openWriter(), await openWriter()];
  for (const writer of writers) {
    const refs = [];
    for (const plain of [large, small, Buffer.from(large), small, large])
      refs.push((await writer.add(plain, 'none')).ref);
    await writer.finish();
    for (const ref of await Promise.all(refs)) names.add(chunkObject(ref));
  }
  expect(names.size).toBe(2);
  expect(writers[1]?.storedBytes()).toBe(0);
});

test('a failing store rejects every chunk that is not in it, and `finish`', async () => {
  const failing: ObjectStore = {
    ...lab.store,
    put: () => Promise.reject(new Error('the disk is gone')),
  };
  const writer = await openWriter(failing);
  const refs: Promise<unknown>[] = [];
  const adding = (async () => {
    for (const plain of someChunks(400)) refs.push((await writer.add(plain, 'none')).ref);
  })();
  await adding.catch(() => {});
  await expect(writer.finish()).rejects.toThrow('the disk is gone');
  expect(refs.length).toBeGreaterThan(0);
  for (const one of await Promise.allSettled(refs)) expect(one.status).toBe('rejected');
});

test('an abort fails it with its reason, however much is under way', async () => {
  const stop = new AbortController();
  const writer = await openWriter(lab.store, stop.signal);
  const refs: Promise<unknown>[] = [];
  for (const plain of someChunks(20)) refs.push((await writer.add(plain, 'none')).ref);
  stop.abort(new Error('enough'));
  await expect(writer.finish()).rejects.toThrow('enough');
  await expect(writer.add(randomBytes(10), 'none')).rejects.toThrow('enough');
  await Promise.allSettled(refs);
});

test('an object that reads back differently is CHUNK_CORRUPT', async () => {
  const forgetful: ObjectStore = {
    ...lab.store,
    get: async (name) => {
      const bytes = await lab.store.get(name);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      return bytes;
    },
  };
  const writer = await openWriter(forgetful);
  const { ref } = await writer.add(randomBytes(100_000), 'none');
  await expect(ref).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  await expect(writer.finish()).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
});
