/**
 * Writes the vectors beside this file. Run by hand, when FORMAT.md gets a new version:
 *
 *     node lib/run.js lib/engine/vectors/generate.ts && npx biome check --write lib/engine/vectors
 *
 * Vectors of a version that was released never change.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import {
  archiveVector,
  headVectors,
  makeBackup,
  manifestVector,
  placeVectors,
  postFileVectors,
  rowMapVector,
} from './made-backup.ts';
import { chunkOf, keys, keystream, SERVER_KEY } from './made-chunk.ts';
import * as format from './reference.ts';
import * as archiveFormat from './reference-archive.ts';

function keyVectors() {
  const servers = [SERVER_KEY, Buffer.alloc(32, 1)];
  return servers.map((serverKey) => {
    const { serverId, ...derived } = format.deriveAll(serverKey);
    const hex = Object.entries(derived).map(([name, key]) => [name, key.toString('hex')]);
    return {
      serverKey: serverKey.toString('hex'),
      text: format.bech32('fiberkeep-key', serverKey).toUpperCase(),
      serverId,
      keys: Object.fromEntries(hex),
      identity: format.bech32('age-secret-key-', derived.recovery).toUpperCase(),
      recipient: format.bech32('age', archiveFormat.pointOf(derived.recovery)),
    };
  });
}

function chunkVectors() {
  const rows = Buffer.from('1\tPole 1\t-22.9056\t\\N\n'.repeat(40));
  const cases = [
    { plain: Buffer.from('x'), codec: 'none' as const, generation: 1 },
    { plain: Buffer.from('0001feff', 'hex'), codec: 'brotli' as const, generation: 300 },
    { plain: rows, codec: 'none' as const, generation: 7 },
    { plain: rows, codec: 'brotli' as const, generation: 8 },
  ];
  return cases.map(({ plain, codec, generation }) => {
    const { ref, object, sealed, packed, nonce } = chunkOf(plain, codec, generation);
    return {
      serverKey: SERVER_KEY.toString('hex'),
      ref,
      object,
      plain: plain.toString('hex'),
      packed: packed.toString('hex'),
      nonce: nonce.toString('hex'),
      sealed: sealed.toString('hex'),
    };
  });
}

const refs: readonly format.Reference[] = [
  { id: '00'.repeat(32), generation: 1, codec: 'none', plainBytes: 100 },
  {
    id: 'a5'.repeat(32),
    generation: 9_007_199_254_740_991,
    codec: 'brotli',
    plainBytes: 2_097_152,
  },
];

function ropeVectors() {
  const pieces = [
    { chunks: [], ranges: [] },
    { chunks: refs.slice(0, 1), ranges: [{ chunk: 0, start: 0, bytes: 100, rows: 3 }] },
    {
      chunks: refs,
      ranges: [
        { chunk: 1, start: 1_000_000, bytes: 128, rows: 1 },
        { chunk: 1, start: 1_000_128, bytes: 70_000, rows: 600 },
        { chunk: 0, start: 20, bytes: 30, rows: 1 },
        { chunk: 1, start: 0, bytes: 999, rows: 9 },
        { chunk: 0, start: 50, bytes: 50, rows: 2 },
      ],
    },
  ];
  return pieces.map((piece) => ({
    ...piece,
    encoded: format.encodeRope(piece.chunks, piece.ranges).toString('hex'),
  }));
}

function fileListVectors() {
  const files = [
    { sha256: '0f'.repeat(32), bytes: 100, chunks: refs.slice(0, 1) },
    { sha256: '1e'.repeat(32), bytes: 0, chunks: [] },
    { sha256: '2d'.repeat(32), bytes: 5_000_000_000, chunks: [] },
    { sha256: '3c'.repeat(32), bytes: 2_097_252, chunks: refs },
  ];
  return [[], files].map((list) => ({
    files: list,
    encoded: format.encodeFileList(list).toString('hex'),
  }));
}

function numberVectors() {
  const numbers = [0, 1, 127, 128, 300, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const signed = [0, -1, 1, -2, 2, -64, 64, -1_000_000];
  const encode = (values: number[], how: (value: number) => Buffer) =>
    values.map((value) => ({ value, encoded: how(value).toString('hex') }));
  return { numbers: encode(numbers, format.number), signed: encode(signed, format.signed) };
}

function hashVectors() {
  const gear = format.gearTable(keys);
  const rows = [
    '',
    '\n',
    'a\n',
    '123\n',
    '1\tPole 1\t-22.9056\t\\N\n',
    `${'0123456789'.repeat(20)}\n`,
  ];
  const sizes = [0, 1, 524_288, 524_289, 8_388_608];
  return {
    serverKey: SERVER_KEY.toString('hex'),
    rowHashes: rows.map((row) => ({ row, hash: format.rowHash(keys.rowHash, Buffer.from(row)) })),
    gear: gear.map((word) => word.toString(16).padStart(8, '0')),
    cuts: sizes.map((bytes) => ({ bytes, pieces: format.cutFile(gear, keystream(bytes)) })),
  };
}

function containerVectors() {
  const plains = ['x', 'row\n'.repeat(20), '\0'.repeat(1024)].map((text) => Buffer.from(text));
  const headers = [
    { name: 'manifest.json', bytes: 1234, modifiedAt: 1_763_787_600 },
    { name: `files/${'ab'.repeat(32)}`, bytes: 0, modifiedAt: 0 },
    { name: 'tables/audit_log.copy', bytes: 8 ** 11, modifiedAt: 1_763_787_600 },
  ];
  const names = [
    'pole',
    'Pole',
    'caixa de emenda',
    'ligação',
    'a/b',
    'x'.repeat(89),
    'É'.repeat(30),
  ];
  return {
    stored: plains.map((plain) => ({
      plain: plain.toString('hex'),
      member: archiveFormat.storedMember(plain).toString('hex'),
    })),
    deflated: plains.map((plain) => ({
      plain: plain.toString('hex'),
      member: archiveFormat.member(4, deflateRawSync(plain), plain).toString('hex'),
    })),
    tarHeaders: headers.map((entry) => ({
      ...entry,
      header: archiveFormat.tarHeader(entry.name, entry.bytes, entry.modifiedAt).toString('hex'),
    })),
    tableEntries: names.map((table) => ({ table, entry: archiveFormat.tableEntry(table) })),
  };
}

function write(name: string, vectors: unknown): void {
  const file = path.join(import.meta.dirname, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(vectors, null, 2)}\n`);
}

const backup = makeBackup();
const archive = archiveVector(backup);
write('keys', keyVectors());
write('numbers', numberVectors());
write('chunks', chunkVectors());
write('ropes', ropeVectors());
write('file-lists', fileListVectors());
write('hashes', hashVectors());
write('containers', containerVectors());
write('manifest', manifestVector(backup));
write('heads', headVectors(backup, Buffer.from(archive.head, 'base64')));
write('places', placeVectors());
write('row-maps', rowMapVector(backup));
write('post-files', postFileVectors());
write('archive', archive);
write(
  'store',
  Object.fromEntries(
    backup.chunks.map(({ object, sealed }): [string, string] => [
      object,
      sealed.toString('base64'),
    ]),
  ),
);
