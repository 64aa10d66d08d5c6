import { crc32, deflateRawSync } from 'node:zlib';
import { chunkOf, hex, keys, keystream, nonceOf, SERVER_KEY } from './made-chunk.ts';
import * as format from './reference.ts';
import * as archive from './reference-archive.ts';

const BACKUP_ID = '01938a2e-7c00-7000-8000-00000000abcd';

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

/** A backup of two tables and three files: one of two chunks, an empty one and one that was missing. */
export function makeBackup() {
  const rowsA = chunkOf(Buffer.from('1\tPole 1\n2\tPole 2\n4\tPole 4\n'), 'none', 11);
  const rowsB = chunkOf(Buffer.from('3\tPole \\\\ 3\n'), 'brotli', 12);
  const text = Buffer.from('1\tPole 1\n2\tPole 2\n3\tPole \\\\ 3\n4\tPole 4\n');
  const ropeChunks = [rowsA.ref, rowsB.ref];
  const ropeRanges = [
    { chunk: 0, start: 0, bytes: 18, rows: 2 },
    { chunk: 1, start: 0, bytes: 12, rows: 1 },
    { chunk: 0, start: 18, bytes: 9, rows: 1 },
  ];
  const rope = chunkOf(format.encodeRope(ropeChunks, ropeRanges), 'none', 13);
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
  return { text, ropeChunks, ropeRanges, photo, files, rope, list, chunks };
}

type MadeBackup = ReturnType<typeof makeBackup>;

function withTextGeneration({ generation, id, codec, plainBytes }: format.Reference) {
  return { id, generation: String(generation), codec, plainBytes };
}

function tablesOf({ text, rope, ropeChunks, ropeRanges }: MadeBackup) {
  return [
    {
      name: 'pole',
      columns: ['id', 'name'],
      rows: 4,
      bytes: text.length,
      sha256: null,
      digest: hex(format.ropeDigest(ropeChunks, ropeRanges)),
      rope: [withTextGeneration(rope.ref)],
    },
    {
      name: 'setting',
      columns: ['key', 'value'],
      rows: 0,
      bytes: 0,
      sha256: hex(format.sha256('')),
      digest: hex(format.ropeDigest([], [])),
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

export function manifestVector(backup: MadeBackup) {
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

/** What lies in a destination beside backups. */
export function placeVectors() {
  const owner = {
    ownerId: '01938a2e-7c00-7000-8000-00000000beef',
    since: '2026-11-22T05:00:00.250Z',
  };
  const keep = { keepLast: 7, keepDaily: 30, keepWeekly: 13, keepMonthly: 24 };
  const schedule = { enabled: true, time: '02:00', timeZone: null, includeFiles: true, ...keep };
  const access = { kind: 'FOLDER', folder: '/mnt/nas/fiberkeep' };
  const state = {
    format: 1,
    at: '2026-11-22T05:10:00.000Z',
    backups: [{ id: BACKUP_ID, name: 'Renamed', givenName: null, comment: 'Kept', pinned: true }],
    schedule,
    destinations: [{ name: 'NAS', access, ...keep }],
    apiKeys: [{ name: 'Nightly script', createdAt: '2026-11-01T12:00:00.000Z' }],
  };
  return [
    placeVector('FKO1', 'owner/3', JSON.stringify(owner), 'none'),
    placeVector('FKI1', 'identity', JSON.stringify({ vaultId: owner.ownerId }), 'none'),
    placeVector('FKV1', 'vault-state/000000003.001795324200000', JSON.stringify(state), 'brotli'),
  ];
}

function placeVector(magic: string, object: string, json: string, codec: 'none' | 'brotli') {
  const nonce = nonceOf(object);
  const packed = format.pack(codec, Buffer.from(json));
  const seal = { serverId: keys.serverId, key: keys.placeSeal };
  const sealed = format.sealNamed(magic, seal, Buffer.from(object), packed, nonce);
  return { object, json, nonce: hex(nonce), packed: hex(packed), sealed: hex(sealed) };
}

const WRITING = '01938a2e-7c00-4000-8000-0000000000f1';

/** A content in one object, and the head, the link and one piece of a larger one. */
export function postFileVectors() {
  const small = Buffer.from('a photo');
  const large = format.sha256('a large file').toString('hex');
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(4_194_309n);
  const head = Buffer.concat([format.uuidBytes(WRITING), bytes]);
  const name = format.fileName(keys, large);
  return [
    fileVector(format.sha256(small).toString('hex'), { kind: 0, plain: small }),
    {
      ...fileVector(large, { kind: 1, plain: head }),
      id: WRITING,
      bytes: 4_194_309,
      link: `pieces/${WRITING}/of.${name}`,
      piece: sealedVector('FKP1', `pieces/${WRITING}/1`, Buffer.from('a end')),
    },
  ];
}

function fileVector(sha256: string, { kind, plain }: { kind: number; plain: Buffer }) {
  const name = format.fileName(keys, sha256);
  const object = `files/${name.slice(0, 2)}/${name}`;
  return { sha256, ...sealedVector('FKF1', object, plain, Buffer.from([kind])) };
}

function sealedVector(magic: string, object: string, plain: Buffer, fields?: Buffer) {
  const nonce = nonceOf(object);
  const seal = { serverId: keys.serverId, key: keys.fileSeal };
  const sealed = format.sealNamed(magic, seal, Buffer.from(object), plain, nonce, fields);
  return { object, plain: hex(plain), nonce: hex(nonce), sealed: hex(sealed) };
}

function innerManifest(backup: MadeBackup, ndjson: string): Buffer {
  const { count, bytes, digest } = filesOf(backup);
  const inner = {
    format: 1,
    metadata,
    structure,
    tables: tablesOf(backup).map(({ name, columns, rows, bytes }) => ({
      name,
      entry: archive.tableEntry(name),
      columns,
      rows,
      bytes,
      sha256: hex(format.sha256(name === 'pole' ? backup.text : '')),
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
  const header = archive.tarHeader(name, content.length, modifiedAt);
  return Buffer.concat([header, content, archive.tarPadding(content.length)]);
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

export function archiveVector(backup: MadeBackup) {
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
  const head = archive.member(4, deflateRawSync(headTar, { level: 3 }), headTar);
  const plains = fileMembers(backup);
  const members = plains.map(archive.storedMember);
  const gzip = Buffer.concat([head, ...members, archive.storedMember(Buffer.alloc(1024))]);
  const cuts = hex(format.sha256(members.map(({ length }) => `${length}\n`).join('')));
  const manifestDigest = format.sha256(inner);
  const salted = [hex(manifestDigest), hex(format.sha256(head)), cuts];
  const salt = format.sha256(`fiberkeep/archive/layout 2\n${salted.join('\n')}\n`);
  const secrets = archive.archiveSecrets(keys, salt);
  const about = { backupId: BACKUP_ID, manifestDigest, plainBytes: gzip.length };
  const stanzas = [
    ...archive.serverStanza(keys, about, secrets),
    ...archive.recoveryStanza(keys, secrets),
  ];
  const header = archive.ageHeader(stanzas, secrets.fileKey);
  const payload = archive.agePayload(secrets.fileKey, secrets.payloadNonce, gzip);
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

export function headVectors(backup: MadeBackup, head: Buffer) {
  const seal = { serverId: keys.serverId, key: keys.archiveHead };
  const name = `heads/${BACKUP_ID}.1000000`;
  const sums = fileMembers(backup).map((plain) => crc32(plain));
  const packedSums = Buffer.concat(sums.map(littleEndian));
  const objects = [
    { object: `${name}.0`, plain: head },
    { object: `${name}.sums`, plain: packedSums },
  ].map(({ object, plain }) => {
    const nonce = nonceOf(object);
    const sealed = format.sealNamed('FKH1', seal, Buffer.from(object), plain, nonce);
    return { object, plain: hex(plain), nonce: hex(nonce), sealed: hex(sealed) };
  });
  return { serverKey: hex(SERVER_KEY), name, objects, sums };
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The row map of that backup, as if its rows stood in two blocks: the third was changed since the others. */
export function rowMapVector(backup: MadeBackup) {
  const [pole] = tablesOf(backup);
  const rows = [
    { block: 0, pointer: 1, xmin: 745, bytes: 9 },
    { block: 0, pointer: 2, xmin: 745, bytes: 9 },
    { block: 0, pointer: 5, xmin: 4_294_967_290, bytes: 12 },
    { block: 3, pointer: 1, xmin: 745, bytes: 9 },
  ];
  const encoded = format.encodeMapPart(rows);
  const packed = format.pack('brotli', encoded);
  const head = JSON.stringify({
    version: 1,
    backupId: BACKUP_ID,
    plant: {
      cluster: '7713097798037503365',
      timeline: '00000001',
      database: 16_384,
      serverVersion: 150_014,
      copySettings: hex(format.sha256('settings')),
      xmin: '4294968046',
      xmax: '4294968050',
    },
    tables: [
      {
        name: 'pole',
        oid: 16_385,
        file: 16_390,
        structure: hex(format.sha256('structure')),
        rope: pole?.digest,
        parts: [{ rows: 4, bytes: backup.text.length, packed: packed.length }],
      },
    ],
  });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const plain = Buffer.concat([length, Buffer.from(head), packed]);
  const object = `maps/${BACKUP_ID}.3`;
  const nonce = nonceOf(object);
  const seal = { serverId: keys.serverId, key: keys.rowMap };
  const sealed = format.sealNamed('FKR1', seal, Buffer.from(object), plain, nonce);
  return {
    serverKey: hex(SERVER_KEY),
    object,
    head,
    parts: [{ rows, encoded: hex(encoded), packed: hex(packed) }],
    plain: hex(plain),
    nonce: hex(nonce),
    sealed: hex(sealed),
  };
}
