import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { noise } from '#testing/archives.ts';
import {
  archiveFrom,
  changedHeader,
  gzipOf,
  rawEntry,
  sealed,
  soundParts,
  tarOf,
} from '#testing/forged-archives.ts';
import { type Case, expectRefusal, keys, POLE, refused, setUpServer } from '#testing/refusals.ts';
import { deflatedMember, storedMember } from '../container/gzip.ts';

setUpServer();

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

  test('a file longer than announced: LARGER_THAN_ANNOUNCED', async () => {
    const sound = await archiveFrom(soundParts(keys));
    await expectRefusal('LARGER_THAN_ANNOUNCED', sound, sound.length - 1);
  });

  test('a bomb before the manifest, in it, or in a table is refused with little memory', async () => {
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
