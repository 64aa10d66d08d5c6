import { armor, Encrypter } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { commonMigrations } from '#engine/restore/structure.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { noise } from '#testing/archives.ts';
import {
  archiveFrom,
  asJson,
  gzipOf,
  type Sealing,
  soundManifest,
  soundParts,
  tarOf,
} from '#testing/forged-archives.ts';
import { type Case, checkNow, keys, refused, setUpServer, structure } from '#testing/refusals.ts';
import type { Stanza } from '../container/age/header.ts';
import { PAYLOAD_NONCE_BYTES, SEALED_SEGMENT_BYTES } from '../container/age/stream.ts';
import { encodeRecipient, pointOf, wrapForRecipient } from '../container/age/x25519.ts';
import type { ArchiveManifest } from '../container/archive-manifest.ts';

setUpServer();

const sound = await archiveFrom(soundParts(keys));
const headerEnd = sound.indexOf('\n--- ') + '\n--- '.length + 43 + 1;
const payloadAt = headerEnd + PAYLOAD_NONCE_BYTES;
const segments = Math.ceil((sound.length - payloadAt) / SEALED_SEGMENT_BYTES);
const segmentAt = (n: number) => payloadAt + n * SEALED_SEGMENT_BYTES;

function flipped(at: number): Buffer {
  const bytes = Buffer.from(sound);
  bytes[at] = (bytes[at] ?? 0) ^ 0x04;
  return bytes;
}

function without(from: number, to: number): Buffer {
  return Buffer.concat([sound.subarray(0, from), sound.subarray(to)]);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test('a sound archive from the same tools is accepted', async () => {
  const { result } = await checkNow(sound, sound.length);
  expect(result).toMatchObject({ inner: soundManifest(keys) });
  expect(segments).toBeGreaterThanOrEqual(5);
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
  const stanza = sound.indexOf('-> fiberkeep/server/v1 ') + '-> fiberkeep/server/v1 '.length;
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
      'CRLF in all of it, as if it were a text',
      () => Buffer.from(sound.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
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
    ...(
      [
        ['a stanza more', (stanzas) => [...stanzas, { args: ['grease', 'x'], body: noise(5) }]],
        ['its stanzas in another order', (stanzas) => [...stanzas].reverse()],
        ['no stanza for the recovery identity', ([ours]) => [ours as Stanza]],
        [
          'a stanza for somebody else in the place of ours',
          ([ours], fileKey) => [
            ours as Stanza,
            wrapForRecipient(pointOf(noise(32)), noise(32), fileKey),
          ],
        ],
        [
          'a stanza for somebody else beside ours',
          (stanzas, fileKey) => [
            ...stanzas,
            wrapForRecipient(pointOf(noise(32)), noise(32), fileKey),
          ],
        ],
      ] as [string, NonNullable<Sealing['stanzas']>][]
    ).map(
      ([what, stanzas]): Case => [
        `${what}, under the right MAC`,
        () => archiveFrom(soundParts(keys), { stanzas }),
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
            { args: ['fiberkeep/server/v2', 'x'], body: ours?.body ?? Buffer.alloc(0) },
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
  test('in the words of a restore', () => {
    expect(() => commonMigrations([{ name: 'x', checksum: '' }], structure)).toThrow(
      expect.objectContaining({ code: 'STRUCTURE_NEWER' }),
    );
  });
});
