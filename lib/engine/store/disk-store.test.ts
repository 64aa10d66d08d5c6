import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readBlocking } from '../memory/read-blocking.ts';
import { describeObjectStore } from './conformance.ts';
import { type DiskStoreOptions, openDiskStore } from './disk-store.ts';

async function openFolder(options: DiskStoreOptions = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-store-'));
  return {
    folder,
    store: await openDiskStore(folder, options),
    beside: await openDiskStore(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describeObjectStore('disk', openFolder);
describeObjectStore('disk, read by a thread that may block', () =>
  openFolder({ read: readBlocking }),
);

test('an unfinished write is not listed, and is tidied away when it is old', async () => {
  await using under = await openFolder();
  await under.store.put('chunks/ab/one.1', Buffer.from('x'));
  const folder = path.join(under.folder, 'chunks', 'ab');
  await writeFile(path.join(folder, 'two.1.0123456789ab.partial'), 'half');
  const names: string[] = [];
  for await (const { name } of under.store.list('chunks/')) names.push(name);
  expect(names).toEqual(['chunks/ab/one.1']);
  await under.store.tidy(new Date(Date.now() - 60_000));
  expect(await readdir(folder)).toHaveLength(2);
  await under.store.tidy(new Date(Date.now() + 60_000));
  expect(await readdir(folder)).toEqual(['one.1']);
});

test('a put that fails leaves nothing behind', async () => {
  await using under = await openFolder();
  await under.store.put('chunks/ab/folder/one.1', Buffer.from('x'));
  await expect(under.store.put('chunks/ab/folder', Buffer.from('x'))).rejects.toThrow();
  expect(await readdir(path.join(under.folder, 'chunks', 'ab'))).toEqual(['folder']);
});

test('a sync that failed fails for every caller, until one succeeds', async () => {
  await using under = await openFolder();
  await under.store.put('chunks/ab/one.1', Buffer.from('x'));
  const folder = path.join(under.folder, 'chunks', 'ab');
  await rm(folder, { recursive: true });
  const atOnce = await Promise.allSettled([under.store.sync(), under.store.sync()]);
  expect(atOnce.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await mkdir(folder);
  await under.store.sync();
});
