import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';

async function openFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-place-'));
  const access = { kind: 'FOLDER', folder } as const;
  return {
    folder,
    store: (await openPlace(access)).store,
    beside: (await openPlace(access)).store,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

describeObjectStore('a mounted folder', openFolder);

test('a folder that is gone is told as such, and not made again', async () => {
  const { folder, store } = await openFolder();
  await rm(folder, { recursive: true });
  const missing = { code: 'DESTINATION_UNUSABLE', reason: 'placeMissing' };
  await expect(store.put('chunks/ab/one.1', Buffer.from('x'))).rejects.toMatchObject(missing);
  await expect(store.has('chunks/ab/one.1')).rejects.toMatchObject(missing);
  await expect(store.get('chunks/ab/one.1')).rejects.toMatchObject(missing);
  await expect(openPlace({ kind: 'FOLDER', folder })).rejects.toMatchObject(missing);
  await expect(rm(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file is no folder', async () => {
  await using under = await openFolder();
  const file = path.join(under.folder, 'file');
  await writeFile(file, '');
  await expect(openPlace({ kind: 'FOLDER', folder: file })).rejects.toMatchObject({
    reason: 'placeMissing',
    params: { place: `file://${file}` },
  });
});

test('a folder that may not be written is told so', async () => {
  await using under = await openFolder();
  const { store } = await openPlace({ kind: 'FOLDER', folder: await lockedFolder(under.folder) });
  await expect(store.put('one.1', Buffer.from('x'))).rejects.toMatchObject({
    code: 'DESTINATION_UNUSABLE',
    reason: 'placeRefused',
  });
});

/** Permissions do not bind root, but the kernel lets not even root make a file in /sys. */
async function lockedFolder(under: string): Promise<string> {
  if (process.getuid?.() === 0) return '/sys';
  const folder = path.join(under, 'locked');
  await mkdir(folder);
  await chmod(folder, 0o500);
  return folder;
}
