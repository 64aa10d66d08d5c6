import { describe, test } from 'vitest';
import { noise, sha256 } from '#testing/archives.ts';
import {
  archiveFrom,
  asJson,
  changedHeader,
  fileList,
  type RawEntry,
  rawEntry,
  soundManifest,
  soundParts,
  TABLES,
} from '#testing/forged-archives.ts';
import {
  type Case,
  expectRefusal,
  FIRST_FILE,
  keys,
  LIST,
  MANIFEST,
  POLE,
  refused,
  SETTING,
  setUpServer,
  withAnnouncedList,
  withEntries,
  withEntry,
  withHeader,
  withList,
  withManifest,
} from '#testing/refusals.ts';

setUpServer();

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
    ['a list in another order, announced so', withAnnouncedList(swap(lines, 0, 1))],
    ['a list with a file twice, announced so', withAnnouncedList([...lines.slice(0, 1), ...lines])],
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
});

test('no part of a refused archive counts as stored, files included', async () => {
  const other = (entry: RawEntry) => ({ ...entry, content: noise(entry.content.length) });
  const large = (entry: RawEntry) => entry.content.length >= 300_000;
  const bytes = await withEntries((entries) => entries.map((e) => (large(e) ? other(e) : e)))();
  await expectRefusal('CONTENTS_DIFFER', bytes);
});
