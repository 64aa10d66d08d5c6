import { createHash } from 'node:crypto';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deriveKeys } from '../sealing/keys.ts';
import { encodeIdentity, encodeRecipient } from './container/age/x25519.ts';
import { openHeader } from './read/open-header.ts';
import { readArchive } from './read/read-archive.ts';
import { openFileSource } from './read/source.ts';

/** Archives of every format ever written stay readable for ever. Server key: 32 bytes of 1. */
const keys = deriveKeys(Buffer.alloc(32, 1));

test('the archive of format 1 is read and tested whole', async () => {
  await using source = await openFileSource(
    path.join(import.meta.dirname, 'fixtures/format-1.tar.gz.doz'),
  );
  const seen: string[] = [];
  const manifest = await readArchive(
    {
      source,
      keys,
      announcedBytes: source.bytes,
      structure: null,
      report: () => {},
      signal: new AbortController().signal,
    },
    {
      begin: async () => {},
      async table({ name }, pieces) {
        let rows = 0;
        for await (const { ends } of pieces) rows += ends.length;
        if (rows > 0) seen.push(`${name} ${rows}`);
      },
      async file({ sha256, missing }, content) {
        const hash = createHash('sha256');
        for await (const piece of content ?? []) hash.update(piece);
        seen.push(missing ? 'missing' : String(hash.digest('hex') === sha256));
      },
    },
  );
  expect(manifest.metadata).toMatchObject({
    name: 'Format 1',
    createdAt: '2026-11-22T05:00:00.000Z',
  });
  expect(seen.sort()).toEqual(['missing', 'setting 100', 'stored_file 3', 'true', 'true']);
  expect(await openHeader(source)).toMatchObject({
    serverId: keys.serverId,
    backupId: '01938a2e-7c00-7000-8000-00000000abcd',
    bytes: source.bytes,
  });
});

test('the recovery identity of a server key never changes', () => {
  expect(encodeIdentity(keys.recovery)).toBe(
    'AGE-SECRET-KEY-12JUY7VZHZA6ALHA20KFEML0NSQQ3Q6CJMT2GP76WK5DANU3YTZ0SSKUJJH',
  );
  expect(encodeRecipient(keys.recovery)).toBe(
    'age15zhp4gt72rtwgky5m0zjrahlnrs9n4sdqjsmu47rhpzukygs8uzqqaaqcj',
  );
});
