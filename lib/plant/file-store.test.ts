import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeFileStore, pieces, sha256Of } from '#testing/file-store-conformance.ts';
import { openFileStore } from './file-store.ts';

async function openFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-files-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

describeFileStore('a folder', async () => {
  const { folder, [Symbol.asyncDispose]: dispose } = await openFolder();
  return {
    store: await openFileStore(folder),
    names: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    damage: (sha256) => writeFile(path.join(folder, sha256.slice(0, 2), sha256), 'damaged'),
    [Symbol.asyncDispose]: dispose,
  };
});

test('a content lies under its digest, and what is no content is not listed', async () => {
  await using lab = await openFolder();
  const store = await openFileStore(lab.folder);
  const body = randomBytes(10);
  await store.write(sha256Of(body), pieces(body));
  await writeFile(path.join(lab.folder, 'x.partial'), 'x');
  const listed = [];
  for await (const { sha256 } of store.list()) listed.push(sha256);
  expect(listed).toEqual([sha256Of(body)]);
  const two = sha256Of(body).slice(0, 2);
  expect(await readdir(path.join(lab.folder, two))).toEqual(listed);
});
