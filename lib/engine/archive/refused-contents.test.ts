import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { noise, sha256 } from '../../testing/archives.ts';
import {
  archiveFrom,
  asJson,
  changedHeader,
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
} from '../../testing/refusals.ts';
import { deflatedMember, storedMember } from './gzip.ts';

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

describe('a gzip stream that is not ours', () => {
  const parts = () => soundParts(keys);
  const member = async () => deflatedMember(tarOf(parts()).subarray(0, 1024 * 1024));
  const changedMember =
    (change: (member: Buffer) => Buffer): Case[1] =>
    async () =>
      sealed(parts(), change(await member()));
  const set = (at: number, value: number): Case[1] =>
    changedMember((m) => {
      const place = at < 0 ? m.length + at : at;
      m[place] = m[place] === value ? value ^ 0xff : value;
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

describe('a stored member that is not ours', () => {
  /** A sound archive, all of it stored, one byte of it changed. */
  const set =
    (at: number, value: number): Case[1] =>
    () => {
      const parts = soundParts(keys);
      const member = Buffer.concat(storedMember([tarOf(parts)]));
      const place = at < 0 ? member.length + at : at;
      member[place] = member[place] === value ? value ^ 0xff : value;
      return sealed(parts, member);
    };
  refused('CONTENTS_DIFFER', [
    ['with another checksum', set(-8, 0)],
    ['with another size', set(-4, 1)],
    ['with a length that no stored member has', set(16, 7)],
    ['with its last block first', set(20, 1)],
    ['with a compressed block', set(20, 2)],
    ['with a block of another length', set(21, 7)],
    ['with a block whose length is not told twice', set(23, 7)],
    [
      'with its second block missing',
      () => {
        const parts = soundParts(keys);
        return sealed(
          parts,
          Buffer.concat(storedMember([tarOf(parts)])).subarray(0, 20 + 5 + 65_535),
        );
      },
    ],
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
    const sound = await archiveFrom(soundParts(keys));
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

test('what is refused is refused without a part of it having been named stored, files and all', async () => {
  const other = (entry: RawEntry) => ({ ...entry, content: noise(entry.content.length) });
  const large = (entry: RawEntry) => entry.content.length >= 300_000;
  const bytes = await withEntries((entries) => entries.map((e) => (large(e) ? other(e) : e)))();
  await expectRefusal('CONTENTS_DIFFER', bytes);
});
