import { expect, test } from 'vitest';
import { decodeManifest } from '../backup/manifest.ts';
import { manifestChunks } from '../backup/read.ts';
import { deriveKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import archive from '../vectors/archive.json' with { type: 'json' };
import { storeOf } from '../vectors/held-store.ts';
import manifestVector from '../vectors/manifest.json' with { type: 'json' };
import storeVector from '../vectors/store.json' with { type: 'json' };
import { chunkObject } from './chunk.ts';
import { fetchChunks, fetchingAhead } from './fetch-ahead.ts';

const keys = deriveKeys(Buffer.from(archive.serverKey, 'hex'));
const manifest = decodeManifest(Buffer.from(manifestVector.json));
const held = storeOf(
  Object.fromEntries(
    Object.entries(storeVector).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
  ),
);

/** A store that counts how many gets are under way at once, at most. */
function counting(far: boolean) {
  let now = 0;
  const counted = { most: 0, gets: 0 };
  const store: ObjectStore = {
    ...held,
    far,
    async get(name) {
      counted.gets++;
      counted.most = Math.max(counted.most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return held.get(name);
    },
  };
  return { store, counted };
}

async function allChunks(store: ObjectStore, seen?: Set<string>) {
  const refs = [];
  for await (const ref of manifestChunks(store, keys, manifest, seen)) refs.push(ref);
  return refs;
}

test.each([
  [false, 1],
  [true, 3],
])(
  'of a store that is far (%s), %i chunks or more are fetched at once, in order',
  async (far, least) => {
    const refs = await allChunks(held);
    const { store, counted } = counting(far);
    const sizes = [];
    for await (const plain of fetchChunks(store, keys, refs)) sizes.push(plain.length);
    expect(sizes).toEqual(refs.map(({ plainBytes }) => plainBytes));
    if (far) expect(counted.most).toBeGreaterThanOrEqual(least);
    else expect(counted.most).toBe(least);
  },
);

test('items find what was fetched for them, each once', async () => {
  const refs = await allChunks(held);
  const { store, counted } = counting(true);
  const ahead = fetchingAhead(store);
  const items = (async function* () {
    yield* refs.map((ref) => [ref]);
  })();
  for await (const [ref] of ahead.over(items, (item) => item))
    if (ref) await ahead.store.get(chunkObject(ref));
  expect(counted.gets).toBe(refs.length);
  expect(counted.most).toBeGreaterThan(1);
});

test('a walk over a backup that breaks off has seen only what it gave', async () => {
  const [first] = manifest.tables.flatMap(({ rope }) => rope);
  const [broken] = manifest.files.list;
  if (!first || !broken) throw new Error('The vector has no rope, or no list of files');
  const store: ObjectStore = {
    ...held,
    get: (name) =>
      name === chunkObject(broken) ? Promise.reject(new Error('away')) : held.get(name),
  };
  const seen = new Set<string>();
  await expect(allChunks(store, seen)).rejects.toThrow('away');
  expect(seen.has(chunkObject(first))).toBe(true);
  expect(seen.has(chunkObject(broken))).toBe(false);
});
