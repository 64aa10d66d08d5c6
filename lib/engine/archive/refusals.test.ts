import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { armor, Encrypter } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../errors/index.ts';
import { isRewindError } from '../../errors/index.ts';
import { noise, sha256, sourceOf } from '../../testing/archives.ts';
import { type BackupLab, openBackupLab } from '../../testing/backups.ts';
import {
  archiveFrom,
  asJson,
  changedHeader,
  FILES,
  fileList,
  gzipOf,
  type RawEntry,
  rawEntry,
  sealed,
  soundManifest,
  soundParts,
  TABLES,
  tarOf,
} from '../../testing/forged-archives.ts';
import { openChunkIndex } from '../../vault/chunk-index.ts';
import { deriveKeys } from '../keys.ts';
import { commonMigrations } from '../structure.ts';
import type { Stanza } from './age/header.ts';
import { PAYLOAD_NONCE_BYTES, SEALED_SEGMENT_BYTES } from './age/stream.ts';
import { encodeRecipient } from './age/x25519.ts';
import type { ArchiveManifest } from './archive-manifest.ts';
import { checkArchive } from './check-archive.ts';
import { deflatedMember } from './gzip.ts';

/**
 * Crafted files, by what is wrong with them. Whatever is wrong inside the seal was sealed with the server's
 * own keys, so that the check behind the seal is what refuses it.
 */
const keys = deriveKeys(Buffer.alloc(32, 7));
const structure = soundManifest(keys).structure;
const sound = await archiveFrom(soundParts(keys));
const headerEnd = sound.indexOf('\n--- ') + '\n--- '.length + 43 + 1;
const payloadAt = headerEnd + PAYLOAD_NONCE_BYTES;
const segments = Math.ceil((sound.length - payloadAt) / SEALED_SEGMENT_BYTES);
const segmentAt = (n: number) => payloadAt + n * SEALED_SEGMENT_BYTES;

let lab: BackupLab;
beforeAll(async () => {
  lab = await openBackupLab(Buffer.alloc(32, 7));
});
afterAll(() => lab[Symbol.asyncDispose]());

type Case = readonly [what: string, make: () => Buffer | Promise<Buffer>];

async function checkNow(bytes: Buffer, announcedBytes: number | null = null) {
  const jobId = await lab.startJob('VERIFY_BACKUP');
  const checking = checkArchive({
    source: sourceOf(bytes, 65_536),
    keys,
    store: lab.store,
    index: openChunkIndex(lab.pool, jobId),
    announcedBytes,
    structure,
    previous: null,
    fencingToken: 1n,
    report: () => {},
    signal: new AbortController().signal,
  });
  return { jobId, result: await checking.catch((error: unknown) => error) };
}

/** Refused with this code, and nothing of it counts: no manifest, no chunk that is said to be stored. */
async function expectRefusal(code: ErrorCode, bytes: Buffer, announcedBytes: number | null = null) {
  const { jobId, result } = await checkNow(bytes, announcedBytes);
  if (!isRewindError(result)) throw result instanceof Error ? result : new Error('It was accepted');
  expect({ code: result.code, message: result.message }).toEqual({
    code,
    message: expect.stringMatching(/^[A-Z].*\.$/s),
  });
  expect(result.hint).not.toBe('');
  const { rowCount } = await lab.sql(
    `SELECT FROM vault.chunk WHERE job_id = $1 AND state = 'STORED'`,
    [jobId],
  );
  expect(rowCount).toBe(0);
  for await (const { name } of lab.store.list('manifests/')) throw new Error(`${name} was kept`);
}

function refused(code: ErrorCode, cases: readonly Case[]): void {
  test.each(cases)(`%s: ${code}`, async (_what, make) => expectRefusal(code, await make()));
}

function flipped(at: number): Buffer {
  const bytes = Buffer.from(sound);
  bytes[at] = (bytes[at] ?? 0) ^ 0x04;
  return bytes;
}

function without(from: number, to: number): Buffer {
  return Buffer.concat([sound.subarray(0, from), sound.subarray(to)]);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test('a sound archive made with the same tools is taken', async () => {
  const own = await openBackupLab(Buffer.alloc(32, 7));
  const jobId = await own.startJob('VERIFY_BACKUP');
  const checked = await checkArchive({
    source: sourceOf(sound),
    keys,
    store: own.store,
    index: openChunkIndex(own.pool, jobId),
    announcedBytes: sound.length,
    structure,
    previous: null,
    fencingToken: 1n,
    report: () => {},
    signal: new AbortController().signal,
  });
  expect(checked.inner).toEqual(soundManifest(keys));
  expect(segments).toBeGreaterThanOrEqual(5);
  await own[Symbol.asyncDispose]();
});

describe('not an archive', () => {
  const encrypted = async (recipient: string) => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return Buffer.from(await encrypter.encrypt('hello'));
  };
  refused('NOT_AN_ARCHIVE', [
    ['an empty file', () => Buffer.alloc(0)],
    ['a ZIP', () => Buffer.concat([Buffer.from('PK\x03\x04'), noise(5000)])],
    ['a gzipped tar, not sealed', async () => gzipOf(tarOf(soundParts(keys)))],
    ['a tar', () => tarOf(soundParts(keys))],
    ['a photo', () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), noise(5000)])],
    ['zeros', () => Buffer.alloc(100_000)],
    ['a text', () => Buffer.from('age-encryption is a fine thing\n')],
    ['an age file of somebody for this server', () => encrypted(encodeRecipient(keys.recovery))],
    ['an age file for somebody', () => encrypted(encodeRecipient(noise(32)))],
    ['an age file in ASCII armour', () => Buffer.from(armor.encode(sound))],
    [
      'other stanzas alone',
      () => archiveFrom(soundParts(keys), { stanzas: ([, theirs]) => [theirs as Stanza] }),
    ],
    [
      'a version line of somebody else',
      () => Buffer.concat([Buffer.from('age-encryption.com/v1\n'), sound.subarray(22)]),
    ],
  ]);
});

describe('cut short', () => {
  const lineEnds = [...sound.subarray(0, headerEnd).entries()]
    .filter(([, byte]) => byte === 10)
    .map(([at]) => at);
  refused('ARCHIVE_TRUNCATED', [
    ['in its first line', () => sound.subarray(0, 10)],
    ...lineEnds.map(
      (at): Case => [
        `behind byte ${at + 1} of its header, where a line ends`,
        () => sound.subarray(0, at + 1),
      ],
    ),
    ...lineEnds.map(
      (at): Case => [`at byte ${at - 1} of its header, in a line`, () => sound.subarray(0, at - 1)],
    ),
    ['in its nonce', () => sound.subarray(0, headerEnd + 5)],
    ...numbers(segments).flatMap((n): Case[] => [
      [`before segment ${n + 1}`, () => sound.subarray(0, segmentAt(n))],
      [`in segment ${n + 1}, at its first byte`, () => sound.subarray(0, segmentAt(n) + 1)],
      [
        `in segment ${n + 1}, in its tag`,
        () => sound.subarray(0, Math.min(sound.length, segmentAt(n + 1)) - 1),
      ],
      [
        `in the middle of segment ${n + 1}`,
        () => sound.subarray(0, (segmentAt(n) + Math.min(sound.length, segmentAt(n + 1))) >> 1),
      ],
    ]),
  ]);
});

describe('altered', () => {
  const stanza = sound.indexOf('-> rewind/server/v1 ') + '-> rewind/server/v1 '.length;
  const swapped = (n: number) =>
    Buffer.concat([
      sound.subarray(0, segmentAt(n)),
      sound.subarray(segmentAt(n + 1), segmentAt(n + 2)),
      sound.subarray(segmentAt(n), segmentAt(n + 1)),
      sound.subarray(segmentAt(n + 2)),
    ]);
  refused('ARCHIVE_ALTERED', [
    ...numbers(Math.floor((headerEnd - 23) / 12)).map(
      (n): Case => [`at byte ${23 + 12 * n} of its header`, () => flipped(23 + 12 * n)],
    ),
    ['in the id of the server', () => flipped(stanza + 3)],
    ['in the id of the backup', () => flipped(stanza + 37 + 3)],
    ['in the salt', () => flipped(stanza + 74 + 3)],
    ['in the nonce of its payload', () => flipped(headerEnd + 2)],
    ...numbers(segments).flatMap((n): Case[] => [
      [`in the first byte of segment ${n + 1}`, () => flipped(segmentAt(n))],
      [`in the middle of segment ${n + 1}`, () => flipped(segmentAt(n) + 5000)],
      [
        `in the tag of segment ${n + 1}`,
        () => flipped(Math.min(sound.length, segmentAt(n + 1)) - 1),
      ],
    ]),
    ...numbers(segments - 2).map(
      (n): Case => [`segments ${n + 1} and ${n + 2} swapped`, () => swapped(n)],
    ),
    [
      'a segment in the place of another',
      () =>
        Buffer.concat([
          sound.subarray(0, segmentAt(1)),
          sound.subarray(segmentAt(2), segmentAt(3)),
          sound.subarray(segmentAt(2)),
        ]),
    ],
    [
      'a segment twice',
      () => Buffer.concat([sound.subarray(0, segmentAt(2)), sound.subarray(segmentAt(1))]),
    ],
    ['one byte appended', () => Buffer.concat([sound, Buffer.alloc(1)])],
    ['a tag of zeros appended', () => Buffer.concat([sound, Buffer.alloc(16)])],
    ['a segment appended', () => Buffer.concat([sound, noise(SEALED_SEGMENT_BYTES)])],
    ['another archive appended', () => Buffer.concat([sound, sound])],
    [
      'CRLF in its header',
      () =>
        Buffer.concat([
          Buffer.from(
            sound
              .subarray(0, headerEnd)
              .toString('latin1')
              .replaceAll('\n', '\r\n')
              .replace('\r\n', '\n'),
            'latin1',
          ),
          sound.subarray(headerEnd),
        ]),
    ],
    [
      'a stanza more in its header',
      () =>
        Buffer.concat([sound.subarray(0, 22), Buffer.from('-> grease x\n\n'), sound.subarray(22)]),
    ],
    [
      'its stanzas in another order',
      async () => {
        const text = sound.subarray(0, headerEnd).toString('latin1');
        const [first, server, native, mac] = text.split(/(?=-> )|(?=--- )/);
        return Buffer.concat([
          Buffer.from(`${first}${native}${server}${mac}`, 'latin1'),
          sound.subarray(headerEnd),
        ]);
      },
    ],
    [
      'the header of another archive of this server before its payload',
      async () => {
        const other = await archiveFrom(soundParts(keys));
        return Buffer.concat([other.subarray(0, headerEnd), sound.subarray(headerEnd)]);
      },
    ],
    [
      'a header of 70,000 bytes without an end',
      () =>
        Buffer.concat([
          sound.subarray(0, 22),
          Buffer.from('-> grease\n'),
          Buffer.from(`${'A'.repeat(64)}\n`.repeat(1100)),
          sound,
        ]),
    ],
    [
      'a header of one endless line',
      () => Buffer.concat([sound.subarray(0, 22), Buffer.alloc(500_000, 'x')]),
    ],
    [
      'a segment lost from its middle, its size kept',
      () => Buffer.concat([without(segmentAt(1), segmentAt(2)), noise(SEALED_SEGMENT_BYTES)]),
    ],
    ...(
      [
        ['without a salt', (args: readonly string[]) => args.slice(0, 3)],
        ['with an argument more', (args: readonly string[]) => [...args, 'x']],
        [
          'with an upper-case id',
          (args: readonly string[]) => args.map((arg, i) => (i === 1 ? arg.toUpperCase() : arg)),
        ],
        [
          'with an id that is none',
          (args: readonly string[]) => args.map((arg, i) => (i === 2 ? '../../etc/passwd' : arg)),
        ],
        [
          'with a short salt',
          (args: readonly string[]) => args.map((arg, i) => (i === 3 ? 'AAAA' : arg)),
        ],
      ] as const
    ).map(
      ([what, change]): Case => [
        `a server's stanza ${what}, sealed by somebody who holds the recovery identity`,
        () =>
          archiveFrom(soundParts(keys), {
            stanzas: ([ours, ...rest]) => [
              { args: change(ours?.args ?? []), body: ours?.body ?? Buffer.alloc(0) },
              ...rest,
            ],
          }),
      ],
    ),
    [
      "two server's stanzas",
      () =>
        archiveFrom(soundParts(keys), {
          stanzas: ([ours, theirs]) => [ours, ours, theirs] as Stanza[],
        }),
    ],
  ]);
});

describe('made elsewhere', () => {
  const others = deriveKeys(Buffer.alloc(32, 8));
  refused('MADE_BY_OTHER_SERVER', [
    ['by another server', () => archiveFrom(soundParts(others))],
    [
      'by another server, for our recovery identity',
      () => archiveFrom(soundParts({ ...others, recovery: keys.recovery })),
    ],
  ]);
  refused('KEY_UNKNOWN', [
    [
      'by somebody who holds the recovery identity alone',
      () => archiveFrom(soundParts({ ...keys, archive: noise(32) })),
    ],
    [
      'by somebody who knows our name alone',
      () => archiveFrom(soundParts({ ...keys, archive: noise(32), recovery: noise(32) })),
    ],
    [
      'with the stanza of one of our archives around another payload',
      async () => {
        const theirs = soundParts({ ...keys, archive: noise(32) });
        const genuine: Stanza[] = [];
        await archiveFrom(soundParts(keys), {
          stanzas: (stanzas) => {
            genuine.push(...stanzas);
            return stanzas;
          },
        });
        return archiveFrom(theirs, {
          stanzas: ([, native]) => [
            {
              args: genuine[0]?.args ?? [],
              body: Buffer.concat([
                genuine[0]?.body.subarray(0, 40) ?? Buffer.alloc(40),
                noise(32),
              ]),
            },
            native as Stanza,
          ],
        });
      },
    ],
  ]);

  test('names both servers', async () => {
    const { result } = await checkNow(await archiveFrom(soundParts(others)));
    expect((result as Error).message).toContain(others.serverId);
    expect((result as Error).message).toContain(keys.serverId);
  });
});

describe('newer', () => {
  const changed = (change: Partial<ArchiveManifest> | Record<string, unknown>) =>
    archiveFrom(soundParts(keys, asJson({ ...soundManifest(keys), ...change })));
  refused('FORMAT_NEWER', [
    [
      'age of a later version',
      () => Buffer.concat([Buffer.from('age-encryption.org/v2\n'), sound.subarray(22)]),
    ],
    [
      "a server's stanza of a later version",
      () =>
        archiveFrom(soundParts(keys), {
          stanzas: ([ours, ...rest]) => [
            { args: ['rewind/server/v2', 'x'], body: ours?.body ?? Buffer.alloc(0) },
            ...rest,
          ],
        }),
    ],
    ['a manifest of a later format', () => changed({ format: 2 })],
    ['a manifest of a later format with other fields', () => changed({ format: 3, layers: [] })],
  ]);
  refused('STRUCTURE_NEWER', [
    [
      'a migration more',
      () => changed({ structure: [...structure, { name: '0002', checksum: '' }] }),
    ],
  ]);
  refused('STRUCTURE_DIFFERENT', [
    [
      'a migration that reads otherwise',
      () => changed({ structure: [{ name: '0001_first', checksum: 'x' }] }),
    ],
  ]);
  test('as the restore says it', () => {
    expect(() => commonMigrations([{ name: 'x', checksum: '' }], structure)).toThrow(
      expect.objectContaining({ code: 'STRUCTURE_NEWER' }),
    );
  });
});

/** A sound archive whose entries were changed. */
function withEntries(change: (entries: RawEntry[]) => readonly RawEntry[]): () => Promise<Buffer> {
  return () => {
    const parts = soundParts(keys);
    return archiveFrom({ ...parts, entries: change([...parts.entries]) });
  };
}

/** The places of the entries of a sound archive. */
const [MANIFEST, LIST, POLE, SETTING, FIRST_FILE] = [0, 1, 2, 3, 4] as const;
const place = { MANIFEST, LIST, POLE, SETTING, FIRST_FILE };

function withEntry(at: number, change: (entry: RawEntry) => RawEntry): () => Promise<Buffer> {
  return withEntries((entries) => entries.map((entry, i) => (i === at ? change(entry) : entry)));
}

const withHeader = (at: number, field: number, bytes: Buffer | string) =>
  withEntry(at, (entry) => ({ ...entry, header: changedHeader(entry.header, field, bytes) }));

function withManifest(change: (manifest: ArchiveManifest) => unknown): () => Promise<Buffer> {
  return () => archiveFrom(soundParts(keys, asJson(change(structuredClone(soundManifest(keys))))));
}

/** A sound archive with another list of files, announced as it is. */
function withList(list: string, held = soundManifest(keys).files.held): () => Promise<Buffer> {
  return () => {
    const manifest = soundManifest(keys);
    const files = { ...manifest.files, held, list: { bytes: list.length, sha256: sha256(list) } };
    const parts = soundParts(keys, asJson({ ...manifest, files }));
    const entries = parts.entries.map((entry, i) =>
      i === LIST ? rawEntry('files.ndjson', list) : entry,
    );
    return archiveFrom({ ...parts, entries });
  };
}

function swap<T>(items: T[], one: number, other: number): T[] {
  const copy = [...items];
  [copy[one], copy[other]] = [copy[other] as T, copy[one] as T];
  return copy;
}

describe('contents that differ', () => {
  const table = (change: object) =>
    withManifest((m) => ({
      ...m,
      tables: m.tables.map((t, i) => (i === 0 ? { ...t, ...change } : t)),
    }));
  const lines = fileList().split(/(?<=\n)/);
  refused('CONTENTS_DIFFER', [
    ['a table with another digest', table({ sha256: sha256('x') })],
    ['a table with a row more announced', table({ rows: 4 })],
    ['a table with a row less announced', table({ rows: 2 })],
    ['a table with a byte more announced', table({ bytes: TABLES.pole.length + 1 })],
    ['a table with a byte less announced', table({ bytes: TABLES.pole.length - 1 })],
    [
      'a table with other rows of the same length',
      withEntry(POLE, () => rawEntry('tables/pole.copy', TABLES.pole.replace('one', 'ONE'))),
    ],
    [
      'a table whose last row does not end',
      () => {
        const manifest = soundManifest(keys);
        const text = TABLES.pole.slice(0, -1);
        const tables = manifest.tables.map((t) =>
          t.name === 'pole' ? { ...t, bytes: text.length, sha256: sha256(text) } : t,
        );
        const parts = soundParts(keys, asJson({ ...manifest, tables }));
        return archiveFrom({
          ...parts,
          entries: parts.entries.map((e, i) =>
            i === POLE ? rawEntry('tables/pole.copy', text) : e,
          ),
        });
      },
    ],
    [
      'a file with other bytes',
      withEntry(6, (entry) => ({
        ...entry,
        content: Buffer.concat([entry.content.subarray(1), Buffer.from('x')]),
      })),
    ],
    ['no table', withEntries((e) => e.filter((_, i) => i !== POLE))],
    ['no last file', withEntries((e) => e.slice(0, -1))],
    ['no list of files', withEntries((e) => e.filter((_, i) => i !== LIST))],
    ['nothing but the manifest', withEntries((e) => e.slice(0, 1))],
    ['nothing at all', withEntries(() => [])],
    ['no manifest', withEntries((e) => e.slice(1))],
    ['the manifest in another place', withEntries((e) => swap(e, 0, 1))],
    [
      'a table twice',
      withEntries((e) => e.flatMap((entry, i) => (i === POLE ? [entry, entry] : [entry]))),
    ],
    [
      'the manifest twice',
      withEntries((e) => e.flatMap((entry, i) => (i === 0 ? [entry, entry] : [entry]))),
    ],
    ['the last file twice', withEntries((e) => [...e, e.at(-1) as RawEntry])],
    ['a table more', withEntries((e) => [...e, rawEntry('tables/user.copy', 'x\n')])],
    ['a file more', withEntries((e) => [...e, rawEntry(`files/${sha256('x')}`, 'x')])],
    ['an empty file more', withEntries((e) => [...e, rawEntry('empty', '')])],
    ['two tables in another order', withEntries((e) => swap(e, POLE, SETTING))],
    ['two files in another order', withEntries((e) => swap(e, FIRST_FILE, FIRST_FILE + 1))],
    ['files before tables', withEntries((e) => swap(e, POLE, FIRST_FILE))],
    ...[
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      'S',
      'x',
      'g',
      'L',
      'K',
      'V',
      'M',
      'D',
      'A',
      '\0',
      '8',
    ].flatMap((type): Case[] => [
      [`an entry of type ${JSON.stringify(type)} in a table's place`, withHeader(POLE, 156, type)],
    ]),
    ['the manifest as a link', withHeader(MANIFEST, 156, '2')],
    ['the list as a link', withHeader(LIST, 156, '1')],
    ...['x', 'g', 'L', 'K'].flatMap((type): Case[] => [
      [
        `a header of type ${type} before a table`,
        withEntries((e) => [
          ...e.slice(0, POLE),
          ((entry) => ({ ...entry, header: changedHeader(entry.header, 156, type) }))(
            rawEntry('././@LongLink', '30 path=../../../etc/passwd\n'),
          ),
          ...e.slice(POLE),
        ]),
      ],
    ]),
    ...[
      '/tables/pole.copy',
      '../tables/pole.copy',
      './tables/pole.copy',
      'tables/../../pole.copy',
      'tables\\pole.copy',
      'C:\\pole.copy',
      'tables/pole.copy/',
      'TABLES/POLE.COPY',
      'tables/pole.copy\0/../x',
      '',
    ].map(
      (name): Case => [
        `a table named ${JSON.stringify(name)}`,
        withHeader(POLE, 0, Buffer.concat([Buffer.from(name), Buffer.alloc(100 - name.length)])),
      ],
    ),
    ['a table behind a prefix', withHeader(POLE, 345, '../..')],
    ['a table with set-user-id', withHeader(POLE, 100, '0004755')],
    ['a table with an owner', withHeader(POLE, 108, '0000001')],
    ['a table with a group', withHeader(POLE, 116, '0000001')],
    ['a table with an owner by name', withHeader(POLE, 265, 'root')],
    ['a table of another time', withHeader(POLE, 136, '00000000000')],
    ['a manifest of another time', withHeader(MANIFEST, 136, '00000000000')],
    ['a table with a link name', withHeader(POLE, 157, '/etc/passwd')],
    ['a table with a device number', withHeader(POLE, 329, '0000001')],
    ['a table with a GNU magic', withHeader(POLE, 257, 'ustar  \0')],
    ['a table with no magic', withHeader(POLE, 257, Buffer.alloc(8))],
    [
      'a table with its size in base 256',
      withHeader(POLE, 124, Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, TABLES.pole.length])),
    ],
    ['a table with a negative size', withHeader(POLE, 124, Buffer.alloc(12, 0xff))],
    ['a table of 8 GiB', withHeader(POLE, 124, '77777777777')],
    ['a table with its size in blanks', withHeader(POLE, 124, '         26 ')],
    [
      'a manifest with its size in base 256',
      withHeader(MANIFEST, 124, Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0])),
    ],
    ['a manifest of 8 GiB', withHeader(MANIFEST, 124, '77777777777')],
    ['a manifest of no bytes', withHeader(MANIFEST, 124, '00000000000')],
    [
      'a table with a wrong checksum',
      withEntry(POLE, (e) => ({
        ...e,
        header: Buffer.concat([
          e.header.subarray(0, 148),
          Buffer.from('0000000\0'),
          e.header.subarray(156),
        ]),
      })),
    ],
    [
      'a table filled up with something',
      withEntry(POLE, (e) => ({ ...e, padding: Buffer.alloc(e.padding.length, 'x') })),
    ],
    ['a table not filled up', withEntry(POLE, (e) => ({ ...e, padding: Buffer.alloc(0) }))],
    [
      'a table filled up twice',
      withEntry(POLE, (e) => ({ ...e, padding: Buffer.alloc(e.padding.length + 512) })),
    ],
    ['an end of one block', () => archiveFrom({ ...soundParts(keys), end: Buffer.alloc(512) })],
    ['no end', () => archiveFrom({ ...soundParts(keys), end: Buffer.alloc(0) })],
    [
      'an end of something',
      () => archiveFrom({ ...soundParts(keys), end: Buffer.alloc(1024, 'x') }),
    ],
    [
      'a second block of the end that is not zero',
      () =>
        archiveFrom({
          ...soundParts(keys),
          end: Buffer.concat([Buffer.alloc(512), Buffer.alloc(512, 1)]),
        }),
    ],
    ['a list without its last line', withList(lines.slice(0, -1).join(''))],
    ['a list in another order', withList(swap(lines, 0, 1).join(''))],
    ['a list with a file twice', withList([lines[0], ...lines].join(''))],
    [
      'a list with a file more',
      withList(`${lines.join('')}{"sha256":"${'f'.repeat(64)}","bytes":1}\n`),
    ],
    ['a list with another size', withList(lines.join('').replace('700', '701'))],
    [
      'a list with a field more',
      withList(lines.join('').replace('"bytes":700', '"bytes":700,"path":"x"')),
    ],
    ['a list with blanks', withList(lines.join('').replaceAll(':', ': '))],
    ['a list with CRLF', withList(lines.join('').replaceAll('\n', '\r\n'))],
    ['a list with an upper-case digest', withList(lines.join('').toUpperCase())],
    [
      'a list with a path for a digest',
      withList(lines.join('').replace(/[0-9a-f]{64}/, '../'.repeat(21).padEnd(64, 'x'))),
    ],
    ['a list with a negative size', withList(lines.join('').replace('700', '-700'))],
    ['a list with a size with a zero before it', withList(lines.join('').replace('700', '0700'))],
    ['a list with a huge size', withList(lines.join('').replace('700', '9999999999999999'))],
    [
      'a list with an empty file that is missing',
      withList(lines.join('').replace('"bytes":0', '"bytes":0,"missing":true')),
    ],
    [
      'a list with a file missing that the manifest holds',
      withList(lines.join('').replace('"bytes":700', '"bytes":700,"missing":true')),
    ],
    ['a list without its last newline', withList(lines.join('').slice(0, -1))],
    ['a list of one endless line', withList('x'.repeat(1_000_000))],
    ['a list that is empty', withList('')],
    [
      'a list that its manifest announces otherwise',
      withManifest((m) => ({
        ...m,
        files: { ...m.files, list: { ...m.files.list, sha256: sha256('') } },
      })),
    ],
    [
      'a manifest of another backup than the header',
      withManifest((m) => ({
        ...m,
        metadata: { ...m.metadata, backupId: '01938a2e-7c00-7000-8000-00000000dcba' },
      })),
    ],
    [
      'a manifest of another server than the header',
      withManifest((m) => ({
        ...m,
        metadata: { ...m.metadata, serverId: '01938a2e-7c00-8000-8000-00000000dcba' },
      })),
    ],
    [
      'a manifest other than the one the header was made for',
      () => {
        const parts = soundParts(keys);
        const other = asJson({ ...soundManifest(keys), structure: [] });
        return archiveFrom({
          ...parts,
          entries: [rawEntry('manifest.json', other), ...parts.entries.slice(1)],
        });
      },
    ],
  ]);
  expect(place.FIRST_FILE).toBe(4);
});

describe('a gzip stream that is not ours', () => {
  const parts = () => soundParts(keys);
  const member = async () => deflatedMember(tarOf(parts()).subarray(0, 1024 * 1024));
  const changedMember =
    (change: (member: Buffer) => Buffer): Case[1] =>
    async () =>
      sealed(parts(), change(await member()));
  const set = (at: number, value: number): Case[1] =>
    changedMember((m) => {
      m[at < 0 ? m.length + at : at] = value;
      return m;
    });
  /** A member around any deflate stream. */
  const around = (packed: Buffer, plain: Buffer): Buffer => {
    const header = Buffer.from([
      0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 4, 255, 8, 0, 0x52, 0x57, 4, 0, 0, 0, 0, 0,
    ]);
    const trailer = Buffer.alloc(8);
    header.writeUInt32LE(header.length + packed.length + trailer.length, 16);
    trailer.writeUInt32LE(crc32(plain));
    trailer.writeUInt32LE(plain.length, 4);
    return Buffer.concat([header, packed, trailer]);
  };
  refused('CONTENTS_DIFFER', [
    ['as gzip writes it', () => sealed(parts(), gzipSync(tarOf(parts())))],
    ['not gzip at all', () => sealed(parts(), tarOf(parts()))],
    ['empty', () => sealed(parts(), Buffer.alloc(0))],
    ['with another magic', set(0, 0x1e)],
    ['with another method', set(2, 9)],
    ['with a name', set(3, 0x0c)],
    ['with a comment', set(3, 0x14)],
    ['with reserved flags', set(3, 0xe4)],
    ['with a time', set(4, 1)],
    ['with another length', set(16, 0)],
    ['with a length of 4 GiB', set(19, 0xff)],
    ['with another checksum', set(-8, 0)],
    ['with another size', set(-4, 1)],
    ['with a size of 4 GiB', set(-1, 0xff)],
    ['cut short', changedMember((m) => m.subarray(0, -1))],
    ['cut in its header', changedMember((m) => m.subarray(0, 12))],
    ['with something behind it', changedMember((m) => Buffer.concat([m, Buffer.from('hidden')]))],
    ['with zeros behind it', changedMember((m) => Buffer.concat([m, Buffer.alloc(100)]))],
    [
      'with something hidden in a member',
      () => {
        const tar = tarOf(parts());
        return sealed(
          parts(),
          around(Buffer.concat([deflateRawSync(tar), Buffer.from('hidden')]), tar),
        );
      },
    ],
    [
      'with a member in a member',
      () => {
        const tar = tarOf(parts());
        return sealed(
          parts(),
          around(Buffer.concat([deflateRawSync(tar), gzipSync('hidden')]), tar),
        );
      },
    ],
    [
      'with an empty member before it',
      async () =>
        sealed(
          parts(),
          Buffer.concat([around(deflateRawSync(Buffer.alloc(0)), Buffer.alloc(0)), await member()]),
        ),
    ],
    [
      'with a member that gives more than it says',
      () => sealed(parts(), around(deflateRawSync(Buffer.alloc(4_000_000)), Buffer.alloc(1000))),
    ],
    [
      'with a member that gives less than it says',
      () => sealed(parts(), around(deflateRawSync(Buffer.alloc(10)), Buffer.alloc(1000))),
    ],
    [
      'with a member of 16 MiB',
      () =>
        sealed(parts(), around(deflateRawSync(Buffer.alloc(16_000_000)), Buffer.alloc(16_000_000))),
    ],
    ['that is no deflate', () => sealed(parts(), around(noise(1000), Buffer.alloc(1000)))],
  ]);
});

describe('larger than announced', () => {
  const bomb = async (zeros: number) => {
    const [member] = [await deflatedMember(Buffer.alloc(1024 * 1024))];
    return Buffer.concat(new Array(zeros).fill(member));
  };
  refused('LARGER_THAN_ANNOUNCED', [
    ['a block behind the end', () => archiveFrom({ ...soundParts(keys), end: Buffer.alloc(1536) })],
    [
      'a tar behind the tar',
      () => {
        const parts = soundParts(keys);
        return archiveFrom({ ...parts, end: Buffer.concat([parts.end, tarOf(parts)]) });
      },
    ],
    [
      '4 GiB of zeros behind the end, in 4 MiB',
      async () => {
        const parts = soundParts(keys);
        return sealed(parts, Buffer.concat([await gzipOf(tarOf(parts)), await bomb(4096)]));
      },
    ],
  ]);

  test('a file longer than the upload said: LARGER_THAN_ANNOUNCED', async () => {
    await expectRefusal('LARGER_THAN_ANNOUNCED', sound, sound.length - 1);
  });

  test('a bomb before the manifest, in it, or in a table is given up in little memory', async () => {
    const parts = soundParts(keys);
    const zeros = await bomb(4096);
    const manifest = rawEntry('manifest.json', parts.json);
    const huge = changedHeader(manifest.header, 124, '77777777777');
    const before = process.memoryUsage().rss;
    await expectRefusal('CONTENTS_DIFFER', sealed(parts, zeros));
    await expectRefusal(
      'CONTENTS_DIFFER',
      sealed(parts, Buffer.concat([await deflatedMember(huge), zeros])),
    );
    const tar = tarOf({
      ...parts,
      end: Buffer.alloc(0),
      entries: parts.entries.slice(0, POLE + 1),
    });
    await expectRefusal(
      'CONTENTS_DIFFER',
      sealed(parts, Buffer.concat([await gzipOf(tar), zeros])),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
});

/** Rather of a later format. */
const TAKEN_OTHERWISE = new Set(['a huge number at /format']);

/** Every place of a JSON value, the value itself included. */
function paths(
  value: unknown,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children = Array.isArray(value)
    ? value.slice(0, 1).map((v, i) => [i, v] as const)
    : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => paths(child, [...path, key]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe('a hostile manifest', () => {
  const manifest = soundManifest(keys);
  const raw =
    (change: (json: string) => string | Buffer): Case[1] =>
    () =>
      archiveFrom(soundParts(keys, Buffer.from(change(asJson(manifest).toString()))));
  const others: [string, unknown][] = [
    ['an object', {}],
    ['a list', [[]]],
    ['a huge number', 1e308],
  ];
  const wrongTypes = paths(manifest).flatMap((path) =>
    others
      .filter(([what]) => !TAKEN_OTHERWISE.has(`${what} at /${path.join('/')}`))
      .map(
        ([what, other]): Case => [
          `${what} at /${path.join('/')}`,
          () => archiveFrom(soundParts(keys, asJson(replaced(manifest, path, other)))),
        ],
      ),
  );
  const numeric = [
    'tables/0/rows',
    'tables/0/bytes',
    'files/count',
    'files/bytes',
    'files/list/bytes',
    'files/held/count',
    'files/held/bytes',
  ];
  const wrongNumbers = numeric.flatMap((path) =>
    [-1, 2 ** 53, 2 ** 53 - 1, '1', null].map(
      (value): Case => [
        `${JSON.stringify(value)} at /${path}`,
        () =>
          archiveFrom(
            soundParts(
              keys,
              asJson(
                replaced(
                  manifest,
                  path.split('/').map((p) => (p === '0' ? 0 : p)),
                  value,
                ),
              ),
            ),
          ),
      ],
    ),
  );
  refused('CONTENTS_DIFFER', [...wrongTypes, ...wrongNumbers]);
  refused('CONTENTS_DIFFER', [
    ['that is no JSON', raw(() => '{')],
    ['that is a word', raw(() => 'null\n')],
    ['with __proto__', raw((json) => json.replace('{', '{\n  "__proto__": {"format": 1},'))],
    [
      'with __proto__ deeper',
      raw((json) =>
        json.replace('"author": {', '"author": {\n      "__proto__": {"polluted": true},'),
      ),
    ],
    [
      'with a constructor',
      raw((json) => json.replace('{', '{\n  "constructor": {"prototype": {"polluted": true}},')),
    ],
    ['with a field more', raw((json) => json.replace('{', '{\n  "more": 1,'))],
    ['with a field twice', raw((json) => json.replace('{', '{\n  "format": 1,'))],
    ['with fields in another order', withManifest(({ format, ...rest }) => ({ ...rest, format }))],
    ['without blanks', raw((json) => JSON.stringify(JSON.parse(json)))],
    ['with blanks behind it', raw((json) => `${json}  `)],
    ['with a byte order mark', raw((json) => `\ufeff${json}`)],
    [
      'with bytes that are no UTF-8',
      raw((json) =>
        Buffer.concat([
          Buffer.from(json.replace('Ana', '\x00'), 'latin1').map((b) => (b === 0 ? 0xff : b)),
        ]),
      ),
    ],
    [
      'with 100,000 lists in lists',
      raw((json) =>
        json.replace('"comment": ""', `"comment": ${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      ),
    ],
    ['of nothing but lists in lists', raw(() => '['.repeat(1_000_000))],
    [
      'with 100,000 objects in objects',
      raw((json) =>
        json.replace(
          '"comment": ""',
          `"comment": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
        ),
      ),
    ],
    [
      'with a number of 1,000 digits',
      raw((json) => json.replace('"rows": 3', `"rows": ${'9'.repeat(1000)}`)),
    ],
    ['with a number in another spelling', raw((json) => json.replace('"rows": 3', '"rows": 3.0'))],
    [
      'of 17 MiB',
      raw((json) => json.replace('"comment": ""', `"comment": "${'x'.repeat(17 * 1024 * 1024)}"`)),
    ],
    ['with a table twice', withManifest((m) => ({ ...m, tables: [m.tables[0], m.tables[0]] }))],
    [
      'with a table in another entry',
      withManifest((m) => ({
        ...m,
        tables: m.tables.map((t) => ({ ...t, entry: '../../etc/passwd' })),
      })),
    ],
    [
      'with two tables in one entry',
      withManifest((m) => ({
        ...m,
        tables: m.tables.map((t) => ({ ...t, entry: 'tables/pole.copy' })),
      })),
    ],
    ['without tables', withManifest((m) => ({ ...m, tables: [] }))],
    [
      'that holds more files than there are',
      withManifest((m) => ({ ...m, files: { ...m.files, held: { ...m.files.held, count: 9 } } })),
    ],
    [
      'that has files and says it has none',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, includesFiles: false } })),
    ],
    [
      'with another digest of the files',
      withManifest((m) => ({ ...m, files: { ...m.files, digest: sha256('') } })),
    ],
    [
      'of no time',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, createdAt: 'yesterday' } })),
    ],
    [
      'of a time before 1970',
      withManifest((m) => ({
        ...m,
        metadata: { ...m.metadata, createdAt: '1969-12-31T00:00:00.000Z' },
      })),
    ],
    [
      'of a kind that there is not',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, kind: 'ROOT' } })),
    ],
    [
      'with an id that is a path',
      withManifest((m) => ({ ...m, metadata: { ...m.metadata, backupId: '../../etc' } })),
    ],
    ['of format 0', withManifest((m) => ({ ...m, format: 0 }))],
    ['of format "1"', withManifest((m) => ({ ...m, format: '1' }))],
  ]);

  test('leaves no trace on objects', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

test('what is refused is refused without a part of it having been named stored, files and all', async () => {
  const bytes = await withEntry(6, (e) => ({ ...e, content: noise(e.content.length) }))();
  await expectRefusal('CONTENTS_DIFFER', bytes);
  expect(FILES.length).toBe(3);
});

/** A mutation of the bytes at random. */
function mutated(bytes: Buffer): Buffer {
  const at = () => Math.floor(Math.random() * bytes.length);
  const [one, other] = [at(), at()].sort((a, b) => a - b) as [number, number];
  const copy = Buffer.from(bytes);
  switch (Math.floor(Math.random() * 7)) {
    case 0:
      copy[one] = (copy[one] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      return copy;
    case 1:
      return copy.subarray(0, one);
    case 2:
      return Buffer.concat([copy.subarray(0, one), copy.subarray(other)]);
    case 3:
      return Buffer.concat([
        copy.subarray(0, one),
        randomBytes(1 + (other % 40)),
        copy.subarray(one),
      ]);
    case 4:
      return Buffer.concat([copy.subarray(0, other), copy.subarray(one)]);
    case 5:
      randomBytes(Math.min(64, copy.length - one)).copy(copy, one);
      return copy;
    default:
      return Buffer.concat([copy, randomBytes(1 + (one % 70_000))]);
  }
}

describe('mutations at random', () => {
  const rounds = Number(process.env.ARCHIVE_MUTATIONS ?? 500);

  test(`${rounds / 2} of the file are refused, none crashes`, async () => {
    for (let round = 0; round < rounds / 2; round++) {
      // Half of them in the header, where there is most to parse.
      const header =
        round % 2 === 0 ? mutated(sound.subarray(0, headerEnd)) : sound.subarray(0, headerEnd);
      const bytes =
        round % 2 === 0 ? Buffer.concat([header, sound.subarray(headerEnd)]) : mutated(sound);
      if (bytes.equals(sound)) continue;
      await expectMutationRefused(bytes);
    }
  }, 600_000);

  test(`${rounds / 2} of what is sealed are refused, none crashes`, async () => {
    const parts = soundParts(keys);
    const [tar, gzip] = [tarOf(parts), await gzipOf(tarOf(parts))];
    for (let round = 0; round < rounds / 2; round++) {
      const [from, to] = [tar.subarray(0, 8192), tar.subarray(8192)];
      const plain = [
        async () => mutated(gzip),
        async () => gzipOf(Buffer.concat([mutated(from), to])),
        async () => gzipOf(mutated(tar)),
      ][round % 3];
      const changed = (await plain?.()) ?? gzip;
      if (!changed.equals(gzip)) await expectMutationRefused(sealed(parts, changed));
    }
  }, 600_000);

  test(`${rounds / 5} of a manifest that was sealed with all the rest are refused, none crashes`, async () => {
    const json = asJson(soundManifest(keys));
    for (let round = 0; round < rounds / 5; round++) {
      const changed = mutated(json);
      const parts = soundParts(keys, changed);
      if (isHarmless(json, changed)) continue;
      await expectMutationRefused(await archiveFrom(parts));
    }
  }, 600_000);
});

/** A name may well be another one: the server that sealed it said so. */
function isHarmless(json: Buffer, changed: Buffer): boolean {
  if (changed.equals(json)) return true;
  try {
    const { metadata, tables, ...rest } = JSON.parse(changed.toString());
    const columns = (t: { columns: unknown }[]) => t.map(({ columns: _, ...others }) => others);
    const genuine = soundManifest(keys);
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    const { metadata: _m, tables: _t, ...genuineRest } = genuine;
    return same(rest, genuineRest) && same(columns(tables), columns([...genuine.tables]));
  } catch {
    return false;
  }
}

async function expectMutationRefused(bytes: Buffer): Promise<void> {
  const { result } = await checkNow(bytes);
  if (isRewindError(result) && result.status === 422) return;
  throw new Error(
    `Not refused as it should be: ${result instanceof Error ? result.stack : 'accepted'}; ${sha256(bytes)}`,
  );
}
