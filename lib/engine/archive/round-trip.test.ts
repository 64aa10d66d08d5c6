import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Decrypter, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addFiles,
  archiveOf,
  check,
  inPieces,
  layOut,
  noise,
  readLayout,
  sha256,
  sourceOf,
} from '#testing/archives.ts';
import { type BackupLab, openBackupLab } from '#testing/backups.ts';
import type { CreatedBackup } from '../backup/create.ts';
import { manifestChunks, readFileList } from '../backup/read.ts';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkRef } from '../ports.ts';
import { copyIn } from '../postgres/copy-in.ts';
import { findDamage } from '../restore/find-damage.ts';
import { SEGMENT_BYTES } from './container/age/stream.ts';
import { encodeIdentity, encodeRecipient } from './container/age/x25519.ts';
import { decodeArchiveManifest, MANIFEST_ENTRY, tableEntry } from './container/archive-manifest.ts';
import { storedMember } from './container/gzip.ts';
import { TAR_END_BYTES, tarHeader } from './container/tar.ts';
import { openHeader } from './read/open-header.ts';
import { readArchiveManifest, testArchive } from './read/read-archive.ts';
import { openFileSource } from './read/source.ts';
import { type ArchiveLayout, openLayout } from './write/layout.ts';

const run = promisify(execFile);
const serverKey = noise(32);
const LONG = `${'é'.repeat(20)}/../"\n${'x'.repeat(18)}`;
const contents = [noise(0), noise(1), noise(512), noise(700_000), noise(9_000_000)];
const missing = sha256('gone');

let lab: BackupLab;
let backup: CreatedBackup;
let layout: ArchiveLayout;
let archive: Buffer;

beforeAll(async () => {
  lab = await openBackupLab(serverKey);
  await lab.sql(
    `INSERT INTO plant.setting (key, value) SELECT 'row ' || i, to_jsonb(repeat(md5(i::text), 2)) FROM generate_series(1, 30000) i`,
  );
  await lab.sql(`CREATE TABLE plant."Setting" (a text, "b \\ c" bytea)`);
  await lab.sql(`INSERT INTO plant."Setting" VALUES (E'tab\\t\\n\\\\.', '\\x00'), ('', NULL)`);
  await lab.sql(`CREATE TABLE plant."${LONG.replaceAll('"', '""')}" (a int)`);
  await lab.sql(`INSERT INTO plant."${LONG.replaceAll('"', '""')}" VALUES (1)`);
  const files = await addFiles(lab, contents);
  await lab.sql('INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, 4)', [missing]);
  backup = await lab.create({ files });
  layout = await layOut(lab, backup);
  archive = await readLayout(layout);
});
afterAll(() => lab[Symbol.asyncDispose]());

type Opener = (archive: Buffer, folder: string) => Promise<void>;

const withLibrary: Opener = async (bytes, folder) => {
  const file = path.join(path.dirname(folder), 'inner.tar.gz');
  await writeFile(file, await decryptWithLibrary(bytes));
  await run('tar', ['xzf', file, '-C', folder]);
};

const withTools: Opener = async (bytes, folder) => {
  const place = path.dirname(folder);
  await writeFile(path.join(place, 'recovery.txt'), `${encodeIdentity(lab.keys.recovery)}\n`);
  await writeFile(path.join(place, 'NAME.tar.gz.doz'), bytes);
  const command = 'set -o pipefail; age -d -i recovery.txt NAME.tar.gz.doz | tar xz -C out';
  await run('bash', ['-c', command], { cwd: place });
};

/** Every way on this machine to open an archive without our code. */
const openers: [string, Opener][] = [['age-encryption and tar', withLibrary]];
if (spawnSync('age', ['--version']).status === 0) openers.push(['age and tar', withTools]);

async function decryptWithLibrary(bytes: Buffer): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(encodeIdentity(lab.keys.recovery));
  return decrypter.decrypt(new Uint8Array(bytes));
}

describe('an archive', () => {
  test.each(openers)('opens with %s and the recovery identity alone', async (_name, open) => {
    const place = await mkdtemp(path.join(tmpdir(), 'fiberkeep-archive-'));
    const folder = path.join(place, 'out');
    await mkdir(folder);
    try {
      await open(archive, folder);
      const json = await readFile(path.join(folder, 'manifest.json'));
      const inner = decodeArchiveManifest(json);
      expect(inner.metadata).toEqual(backup.manifest.metadata);
      for (const { name, entry, sha256: digest } of inner.tables) {
        expect(entry).toBe(tableEntry(name));
        expect(sha256(await readFile(path.join(folder, entry)))).toBe(digest);
      }
      expect(inner.tables.map(({ sha256 }) => sha256)).toEqual(
        backup.manifest.tables.map(({ sha256 }) => sha256),
      );
      const names = await readdir(path.join(folder, 'files'));
      expect(names.sort()).toEqual(contents.map((bytes) => sha256(bytes)).sort());
      for (const name of names)
        expect(sha256(await readFile(path.join(folder, 'files', name)))).toBe(name);
      const list = await readFile(path.join(folder, 'files.ndjson'), 'utf8');
      expect(list).toContain(`{"sha256":"${missing}","bytes":4,"missing":true}\n`);
      expect((await readdir(folder)).sort()).toEqual([
        'files',
        'files.ndjson',
        'manifest.json',
        'tables',
      ]);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });

  test('holds rows that plain COPY loads', async () => {
    const tar = gunzipSync(await decryptWithLibrary(archive));
    const at = tar.indexOf(`${tableEntry('setting')}\0`);
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const client = await lab.connect();
    try {
      await client.query('CREATE TEMP TABLE again (LIKE plant.setting)');
      const text = tar.subarray(at + 512, at + 512 + bytes);
      expect(await copyIn(client, 'COPY again FROM STDIN', inPieces(text, 65_536))).toBe(30_000);
      const { rows } = await client.query(
        'SELECT count(*)::int AS same FROM (SELECT * FROM again INTERSECT SELECT * FROM plant.setting) AS found',
      );
      expect(rows[0].same).toBe(30_000);
    } finally {
      await client.end();
    }
  });

  test('has the announced size, and the same bytes every time', async () => {
    expect(layout.size).toBe(archive.length);
    const again = await layOut(lab, backup);
    expect(again.etag).toBe(layout.etag);
    expect((await readLayout(again)).equals(archive)).toBe(true);
  });

  test('of another backup shares no key, nonce or tag with it', async () => {
    const other = await lab.create();
    const otherLayout = await layOut(lab, other);
    expect(otherLayout.etag).not.toBe(layout.etag);
    const bytes = await readLayout(otherLayout);
    const { payloadAt } = await openHeader(sourceOf(bytes));
    expect(bytes.subarray(payloadAt, payloadAt + 16)).not.toEqual(
      archive.subarray(payloadAt, payloadAt + 16),
    );
  });

  test('read between any two offsets is that slice of the whole', async () => {
    const edges = [0, 1, 21, 22, 400, 65_536, 65_552, layout.size - 1, layout.size];
    const place = fc.oneof(
      fc.nat(layout.size),
      fc.constantFrom(...edges),
      fc
        .nat(Math.floor(layout.size / 65_552))
        .chain((n) => fc.integer({ min: n * 65_552 - 3, max: n * 65_552 + 460 })),
    );
    const clamp = (at: number) => Math.min(layout.size, Math.max(0, at));
    await fc.assert(
      fc.asyncProperty(place, place, async (one, other) => {
        const [start, end] = [clamp(Math.min(one, other)), clamp(Math.max(one, other))];
        const slice = await readLayout(layout, start, end);
        expect(slice.equals(archive.subarray(start, end))).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  test('is the same bytes where its chunks are checked by their seals alone', async () => {
    const sealed = await readLayout(await layOut(lab, backup, { digested: true }));
    expect(sealed.equals(archive)).toBe(true);
  });

  test('uses the noted sums of its members, as far as there are any', async () => {
    const noted: number[] = [];
    await readLayout(await layOut(lab, backup, { noteSum: (sum) => noted.push(sum) }));
    expect(noted.length).toBeGreaterThan(contents.length);
    for (const known of [noted, noted.slice(0, -2)]) {
      const again = await layOut(lab, backup, { sums: Uint32Array.from(known) });
      expect((await readLayout(again)).equals(archive)).toBe(true);
      const piece = await readLayout(again, archive.length >> 1, (archive.length >> 1) + 700_000);
      expect(archive.subarray(archive.length >> 1).indexOf(piece)).toBe(0);
    }
    const others = await layOut(lab, backup, { sums: Uint32Array.from(noted, (sum) => ~sum) });
    const wrong = await decryptWithLibrary(await readLayout(others));
    expect(() => gunzipSync(wrong)).toThrow('incorrect data check');
  });

  test('stops where a run is not iterated to its end', async () => {
    await expect(async () => {
      for await (const _run of layout.read());
    }).rejects.toThrow(RangeError);
  });

  test.each([-1, 0, 1])(
    'whose gzip stream is %i bytes from two whole segments is sealed as age has it',
    async (off) => {
      const { manifest } = await lab.create();
      const end = Buffer.concat(storedMember([Buffer.alloc(TAR_END_BYTES)]));
      const entry = tarHeader({ name: MANIFEST_ENTRY, bytes: 0, modifiedAt: 0 });
      const start = Buffer.concat(storedMember([entry]));
      const rest = noise(2 * SEGMENT_BYTES - start.length - end.length + off);
      const bytes = Buffer.concat([start, rest]);
      const head = {
        bytes: bytes.length,
        sha256: sha256(bytes),
        read: (from: number, to: number) => inPieces(bytes.subarray(from, to), 1000),
      };
      const small = await openLayout({ ...lab, manifest, head, digested: false });
      const whole = await readLayout(small);
      expect(whole.length).toBe(small.size);
      const plain = Buffer.from(await decryptWithLibrary(whole));
      expect(plain.equals(Buffer.concat([bytes, end]))).toBe(true);
      expect((await readLayout(small, small.size - 17)).equals(whole.subarray(-17))).toBe(true);
    },
  );

  test('read near its end does not read the parts before', async () => {
    const asked: string[] = [];
    const get = (name: string) => {
      asked.push(name);
      return lab.store.get(name);
    };
    const store = { ...lab.store, get };
    const counted = await layOut({ ...lab, store }, backup);
    asked.length = 0;
    await readLayout(counted);
    const whole = asked.length;
    asked.length = 0;
    await readLayout(counted, counted.size - 1000);
    expect(asked.length).toBeLessThan(whole / 2);
    expect(asked.filter((name) => name.startsWith('heads/'))).toEqual([]);
  });

  test('is checked, stored and laid out again as the same backup on an empty server', async () => {
    const other = await openBackupLab(serverKey);
    try {
      const checked = await check(other, sourceOf(archive));
      expect(checked.inner.metadata).toEqual(backup.manifest.metadata);
      const plain = ({
        name,
        columns,
        rows,
        bytes,
        sha256,
      }: CreatedBackup['manifest']['tables'][number]) => ({ name, columns, rows, bytes, sha256 });
      expect(checked.manifest.tables.map(plain)).toEqual(backup.manifest.tables.map(plain));
      expect(checked.manifest.files).toMatchObject({
        ...backup.manifest.files,
        list: expect.anything(),
      });
      expect(checked.missingFiles).toEqual([missing]);
      const tested = await findDamage({
        store: other.store,
        keys: other.keys,
        manifest: checked.manifest,
        report: () => {},
        signal: new AbortController().signal,
      });
      expect(tested.problems).toEqual([]);
      // To the last byte, so that a copy from before compares with what is published after.
      expect((await archiveOf(other, checked)).equals(archive)).toBe(true);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });

  test('whose rows and files are stored costs nothing but its manifest', async () => {
    const checked = await check(lab, sourceOf(archive), { previous: backup.manifest });
    expect(checked.storedBytes).toBeLessThan(10_000);
    const changed = await lab.create({ previous: backup.manifest });
    const partly = await check(lab, sourceOf(await archiveOf(lab, changed)), {
      previous: backup.manifest,
    });
    expect(partly.storedBytes).toBeLessThan(10_000);
  });

  test('without files has no entries for them and says how many there are', async () => {
    const without = await lab.create();
    const checked = await check(lab, sourceOf(await archiveOf(lab, without)));
    expect(checked.inner.files).toMatchObject({ count: contents.length + 1, held: { count: 0 } });
    expect(checked.manifest.files).toEqual(without.manifest.files);
  });

  test('is inspected and tested without storing anything', async () => {
    const file = path.join(lab.folder, 'archive.tar.gz.doz');
    await writeFile(file, archive);
    await using source = await openFileSource(file);
    expect(await openHeader(source)).toMatchObject({
      serverId: lab.keys.serverId,
      backupId: backup.manifest.metadata.backupId,
      bytes: archive.length,
    });
    const manifest = await readArchiveManifest(source, lab.keys);
    const request = { source, keys: lab.keys, announcedBytes: null, structure: null };
    const signal = new AbortController().signal;
    expect(await testArchive({ ...request, report: () => {}, signal })).toEqual(manifest);
  });

  test('with a damaged chunk ends as an error, never as a short success', async () => {
    const refs: ChunkRef[] = [];
    for await (const entry of readFileList(lab.store, lab.keys, backup.manifest))
      refs.push(...entry.chunks);
    const largest = refs.sort((a, b) => b.plainBytes - a.plainBytes)[0] as ChunkRef;
    const whole = await lab.store.get(chunkObject(largest));
    const damaged = Buffer.from(whole);
    damaged[5000] = (damaged[5000] ?? 0) ^ 1;
    await lab.store.put(chunkObject(largest), damaged);
    await expect(readLayout(layout)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
    await lab.store.delete(chunkObject(largest));
    await expect(readLayout(layout)).rejects.toMatchObject({ code: 'CHUNK_MISSING' });
    await lab.store.put(chunkObject(largest), whole);
    expect((await readLayout(layout)).equals(archive)).toBe(true);
  });

  test('is not read on when the reader is gone', async () => {
    const stop = new AbortController();
    const reading = layout.read(0, layout.size, stop.signal);
    await reading.next();
    stop.abort(new Error('gone'));
    await expect(async () => {
      for await (const pieces of reading) for (const _piece of pieces);
    }).rejects.toThrow('gone');
  });
});

test('every chunk of a checked backup is stored', async () => {
  const checked = await check(lab, sourceOf(archive), { previous: backup.manifest });
  for await (const ref of manifestChunks(lab.store, lab.keys, checked.manifest)) {
    const { rows } = await lab.sql(
      `SELECT state FROM vault.chunk WHERE id = decode($1, 'hex') AND generation = $2`,
      [ref.id, String(ref.generation)],
    );
    expect(rows).toEqual([{ state: 'STORED' }]);
  }
});

test('age accepts the recovery identity and its recipient as a pair', async () => {
  expect(await identityToRecipient(encodeIdentity(lab.keys.recovery))).toBe(
    encodeRecipient(lab.keys.recovery),
  );
});

test.each([
  ['pole', 'tables/pole.copy'],
  ['Pole', 'tables/%50ole.copy'],
  ['../a/b', 'tables/%2E%2E%2Fa%2Fb.copy'],
  ['é', 'tables/%C3%A9.copy'],
])('the entry of the table %j is %s', (table, entry) => {
  expect(tableEntry(table)).toBe(entry);
});

test('long names are cut to fit into every tar, and stay apart', () => {
  const [one, other] = [tableEntry(`${'É'.repeat(31)}a`), tableEntry(`${'É'.repeat(31)}b`)];
  expect(one).not.toBe(other);
  for (const entry of [one, other])
    expect(entry).toMatch(/^tables\/[A-Z0-9%]+~[0-9a-f]{16}\.copy$/);
  expect(one.length).toBeLessThanOrEqual(100);
});
