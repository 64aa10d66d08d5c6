/**
 * Writes the vectors beside this file. Run by hand, when FORMAT.md gets a new version:
 *
 *     node --import tsx lib/engine/vectors/generate.ts && npx biome check --write lib/engine/vectors
 *
 * Vectors of a version that was released never change.
 */
import { createCipheriv } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import * as format from './reference.ts';

const SERVER_KEY = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const BACKUP_ID = '01938a2e-7c00-7000-8000-00000000abcd';
const keys = format.deriveAll(SERVER_KEY);

/** A nonce that says what it is for; a writer draws it at random. */
function nonceOf(use: string): Buffer {
  return format.sha256(`nonce of ${use}`).subarray(0, 24);
}

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
      recipient: format.bech32('age', format.pointOf(derived.recovery)),
    };
  });
}

interface SealedChunk {
  readonly ref: format.Reference;
  readonly object: string;
  readonly sealed: Buffer;
  readonly packed: Buffer;
  readonly nonce: Buffer;
}

function chunkOf(plain: Buffer, codec: format.Reference['codec'], generation: number): SealedChunk {
  const id = format.chunkId(keys, plain);
  const ref = { id, generation, codec, plainBytes: plain.length };
  const packed = format.pack(codec, plain);
  const nonce = nonceOf(`chunk ${id}`);
  const sealed = format.sealChunk(keys, ref, packed, nonce);
  return { ref, object: `chunks/${id.slice(0, 2)}/${id}.${generation}`, sealed, packed, nonce };
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

/** Bytes that anybody can make again: the AES-256-CTR keystream under a key and counter of zeros. */
function keystream(bytes: number): Buffer {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(bytes));
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
      member: format.storedMember(plain).toString('hex'),
    })),
    deflated: plains.map((plain) => ({
      plain: plain.toString('hex'),
      member: format.member(4, deflateRawSync(plain), plain).toString('hex'),
    })),
    tarHeaders: headers.map((entry) => ({
      ...entry,
      header: format.tarHeader(entry.name, entry.bytes, entry.modifiedAt).toString('hex'),
    })),
    tableEntries: names.map((table) => ({ table, entry: format.tableEntry(table) })),
  };
}

const metadata = {
  backupId: BACKUP_ID,
  serverId: keys.serverId,
  name: 'Before restoring: Automatic 2026-11-22 02:00',
  givenName: {
    kind: 'BEFORE_RESTORE',
    of: ['AUTOMATIC'],
    at: { localDate: '2026-11-22', time: '02:00' },
    backupName: null,
  },
  comment: 'Emenda à noite',
  author: { kind: 'PERSON', id: '01938a2e-7c00-7000-8000-000000000001', name: 'Ana' },
  kind: 'SAFETY',
  createdAt: '2026-11-22T05:00:00.250Z',
  scheduledFor: null,
  includesFiles: true,
};
const structure = [{ name: '20261123025624_init', checksum: hex(format.sha256('CREATE TABLE …')) }];

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

/** A backup of two tables and three files: one of two chunks, an empty one and one that was missing. */
function makeBackup() {
  const rowsA = chunkOf(Buffer.from('1\tPole 1\n2\tPole 2\n4\tPole 4\n'), 'none', 11);
  const rowsB = chunkOf(Buffer.from('3\tPole \\\\ 3\n'), 'brotli', 12);
  const text = Buffer.from('1\tPole 1\n2\tPole 2\n3\tPole \\\\ 3\n4\tPole 4\n');
  const rope = chunkOf(
    format.encodeRope(
      [rowsA.ref, rowsB.ref],
      [
        { chunk: 0, start: 0, bytes: 18, rows: 2 },
        { chunk: 1, start: 0, bytes: 12, rows: 1 },
        { chunk: 0, start: 18, bytes: 9, rows: 1 },
      ],
    ),
    'none',
    13,
  );
  const photo = keystream(1500);
  const pieces = [
    chunkOf(photo.subarray(0, 1000), 'none', 14),
    chunkOf(photo.subarray(1000), 'none', 15),
  ];
  const files = [
    { sha256: hex(format.sha256(photo)), bytes: 1500, chunks: pieces.map(({ ref }) => ref) },
    { sha256: hex(format.sha256('')), bytes: 0, chunks: [] },
    { sha256: hex(format.sha256('gone')), bytes: 4, chunks: [] },
  ].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const list = chunkOf(format.encodeFileList(files), 'none', 16);
  const chunks = [rowsA, rowsB, rope, ...pieces, list];
  return { text, photo, files, rope, list, chunks };
}

type MadeBackup = ReturnType<typeof makeBackup>;

function withTextGeneration({ generation, id, codec, plainBytes }: format.Reference) {
  return { id, generation: String(generation), codec, plainBytes };
}

function tablesOf({ text, rope }: MadeBackup) {
  return [
    {
      name: 'pole',
      columns: ['id', 'name'],
      rows: 4,
      bytes: text.length,
      sha256: hex(format.sha256(text)),
      rope: [withTextGeneration(rope.ref)],
    },
    {
      name: 'setting',
      columns: ['key', 'value'],
      rows: 0,
      bytes: 0,
      sha256: hex(format.sha256('')),
      rope: [],
    },
  ];
}

function filesOf({ files, list }: MadeBackup) {
  const lines = files.map(({ sha256, bytes }) => `${sha256} ${bytes}\n`);
  return {
    count: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    digest: hex(format.sha256(lines.join(''))),
    list: [withTextGeneration(list.ref)],
  };
}

function manifestVector(backup: MadeBackup) {
  const tables = tablesOf(backup);
  const json = JSON.stringify({ format: 1, metadata, structure, tables, files: filesOf(backup) });
  const nonce = nonceOf('manifest');
  const packed = format.pack('brotli', Buffer.from(json));
  const seal = { serverId: keys.serverId, key: keys.manifestSeal };
  const sealed = format.sealNamed('FKM1', seal, format.uuidBytes(BACKUP_ID), packed, nonce);
  return {
    serverKey: hex(SERVER_KEY),
    backupId: BACKUP_ID,
    object: `manifests/${BACKUP_ID}.3`,
    json,
    sha256: hex(format.sha256(json)),
    nonce: hex(nonce),
    packed: hex(packed),
    sealed: hex(sealed),
  };
}

function innerManifest(backup: MadeBackup, ndjson: string): Buffer {
  const { count, bytes, digest } = filesOf(backup);
  const inner = {
    format: 1,
    metadata,
    structure,
    tables: tablesOf(backup).map(({ name, columns, rows, bytes, sha256 }) => ({
      name,
      entry: format.tableEntry(name),
      columns,
      rows,
      bytes,
      sha256,
    })),
    files: {
      count,
      bytes,
      digest,
      list: { bytes: ndjson.length, sha256: hex(format.sha256(ndjson)) },
      held: { count: 2, bytes: 1500 },
    },
  };
  return Buffer.from(`${JSON.stringify(inner, null, 2)}\n`);
}

function tarEntry(name: string, content: Buffer): Buffer {
  const modifiedAt = Math.floor(Date.parse(metadata.createdAt) / 1000);
  const header = format.tarHeader(name, content.length, modifiedAt);
  return Buffer.concat([header, content, format.tarPadding(content.length)]);
}

/** What the members of the files hold, one for each chunk; a file without chunks has one. */
function fileMembers({ files, photo }: MadeBackup): Buffer[] {
  return files
    .filter(({ bytes, chunks }) => bytes === 0 || chunks.length > 0)
    .flatMap(({ sha256, bytes }) => {
      const entry = tarEntry(`files/${sha256}`, bytes > 0 ? photo : Buffer.alloc(0));
      return bytes > 0 ? [entry.subarray(0, 1512), entry.subarray(1512)] : [entry];
    });
}

function archiveVector(backup: MadeBackup) {
  const ndjson = backup.files
    .map(({ sha256, bytes, chunks }) => {
      const missing = bytes > 0 && chunks.length === 0;
      return `${JSON.stringify(missing ? { sha256, bytes, missing } : { sha256, bytes })}\n`;
    })
    .join('');
  const inner = innerManifest(backup, ndjson);
  const headTar = Buffer.concat([
    tarEntry('manifest.json', inner),
    tarEntry('files.ndjson', Buffer.from(ndjson)),
    tarEntry('tables/pole.copy', backup.text),
    tarEntry('tables/setting.copy', Buffer.alloc(0)),
  ]);
  const head = format.member(4, deflateRawSync(headTar, { level: 3 }), headTar);
  const plains = fileMembers(backup);
  const members = plains.map(format.storedMember);
  const gzip = Buffer.concat([head, ...members, format.storedMember(Buffer.alloc(1024))]);
  const cuts = hex(format.sha256(members.map(({ length }) => `${length}\n`).join('')));
  const manifestDigest = format.sha256(inner);
  const salted = [hex(manifestDigest), hex(format.sha256(head)), cuts];
  const salt = format.sha256(`fiberkeep/archive/layout 2\n${salted.join('\n')}\n`);
  const secrets = format.archiveSecrets(keys, salt);
  const about = { backupId: BACKUP_ID, manifestDigest, plainBytes: gzip.length };
  const stanzas = [
    ...format.serverStanza(keys, about, secrets),
    ...format.recoveryStanza(keys, secrets),
  ];
  const header = format.ageHeader(stanzas, secrets.fileKey);
  const payload = format.agePayload(secrets.fileKey, secrets.payloadNonce, gzip);
  return {
    serverKey: hex(SERVER_KEY),
    identity: format.bech32('age-secret-key-', keys.recovery).toUpperCase(),
    manifestJson: inner.toString(),
    filesNdjson: ndjson,
    tar: Buffer.concat([headTar, ...plains, Buffer.alloc(1024)]).toString('base64'),
    head: head.toString('base64'),
    gzip: gzip.toString('base64'),
    cuts,
    salt: hex(salt),
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, hex(value)])),
    header: header.toString(),
    etag: `"${secrets.etag.toString('base64url')}"`,
    archive: Buffer.concat([header, payload]).toString('base64'),
  };
}

function headVectors(head: Buffer) {
  const seal = { serverId: keys.serverId, key: keys.archiveHead };
  const name = `heads/${BACKUP_ID}.1000000`;
  const sums = Buffer.from('00000000ffffffff78563412', 'hex');
  const objects = [
    { object: `${name}.0`, plain: head },
    { object: `${name}.sums`, plain: sums },
  ].map(({ object, plain }) => {
    const nonce = nonceOf(object);
    const sealed = format.sealNamed('FKH1', seal, Buffer.from(object), plain, nonce);
    return { object, plain: hex(plain), nonce: hex(nonce), sealed: hex(sealed) };
  });
  return { serverKey: hex(SERVER_KEY), name, objects, sums: [0, 0xffffffff, 0x12345678] };
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
write('heads', headVectors(Buffer.from(archive.head, 'base64')));
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
