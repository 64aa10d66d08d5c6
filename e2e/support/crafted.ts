import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { readArchiveManifest } from '#engine/archive/read/read-archive.ts';
import { openFileSource } from '#engine/archive/read/source.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { parseServerKey } from '#engine/sealing/server-key.ts';
import { archiveFrom, asJson, soundManifest, soundParts } from '#testing/forged-archives.ts';
import { graphql } from './graphql.ts';
import { unique } from './names.ts';
import { administrator } from './people.ts';

/**
 * Makes archives, by error code, that only a holder of the server's key could encrypt. Each is
 * wrong in one way. Also returns the name of the backup in all of them. The key comes from the
 * recovery kit. `genuine` is an archive of the server, whose migrations they name.
 */
export async function craftArchives(page: Page, genuine: string) {
  const keys = await keysOfKit(page);
  await using source = await openFileSource(genuine);
  const { structure } = await readArchiveManifest(source, keys);
  const manifest = soundManifest(keys);
  const name = unique('Crafted');
  const sound = { ...manifest, metadata: { ...manifest.metadata, name }, structure };
  const parts = (change: object) => soundParts(keys, asJson({ ...sound, ...change }));
  const [table, ...tables] = sound.tables;
  const strangers = { ...keys, archive: randomBytes(32), recovery: randomBytes(32) };
  const crafted = {
    KEY_UNKNOWN: await archiveFrom(soundParts(strangers)),
    FORMAT_NEWER: await archiveFrom(parts({ format: 2 })),
    STRUCTURE_NEWER: await archiveFrom(
      parts({ structure: [...structure, { name: '99991231000000_later', checksum: 'later' }] }),
    ),
    STRUCTURE_DIFFERENT: await archiveFrom(
      parts({ structure: structure.map(({ name }) => ({ name, checksum: 'other' })) }),
    ),
    CONTENTS_DIFFER: await archiveFrom(
      parts({ tables: [{ ...table, rows: (table?.rows ?? 0) + 1 }, ...tables] }),
    ),
    LARGER_THAN_ANNOUNCED: await archiveFrom({ ...parts({}), end: Buffer.alloc(1536) }),
  };
  return { name, crafted };
}

/** The keys of the server, by its recovery kit. */
export async function keysOfKit(page: Page) {
  const { recoveryKit } = await graphql<{ recoveryKit: { kit: { serverKey: string } } }>(
    page,
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { serverKey } } }',
    { password: administrator.password },
  );
  return deriveKeys(parseServerKey(recoveryKit.kit.serverKey) ?? Buffer.alloc(0));
}
