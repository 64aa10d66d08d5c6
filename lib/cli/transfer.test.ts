import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RUN, root } from '#launcher/root.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';

const WITHIN = 240_000;

let opened: TestServer;
let folder: string;
let file: string;

beforeAll(async () => {
  opened = await openTestServer();
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-transfer-'));
  file = path.join(folder, 'copy.tar.gz.doz');
  await answer('sample');
  await answer('create', 'Mine');
}, WITHIN);
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(args: string[], env: Record<string, string> = {}): Promise<Said> {
  const child = spawn(process.execPath, [RUN, 'lib/cli/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, LC_ALL: 'C', ...opened.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.err += data;
  });
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ ...said, code: code ?? -1 })),
  );
}

/** The JSON document of a command, which must succeed. */
async function answer(...args: string[]) {
  const { code, out, err } = await run([...args, '--json']);
  expect(`${code} ${err}${code === 0 ? '' : out}`).toBe('0 ');
  return JSON.parse(out);
}

/** The error code of a command, which must fail. */
async function failure(args: string[], env?: Record<string, string>): Promise<string> {
  const { code, out } = await run([...args, '--json'], env);
  expect(code).toBe(1);
  return JSON.parse(out).error.code;
}

describe('the command line', { timeout: WITHIN }, () => {
  test('saves the network, or a project of it, in the format that the file is named after', async () => {
    const all = path.join(folder, 'all.geojson');
    const saved = await answer('export', all);
    const { features } = JSON.parse(await readFile(all, 'utf8'));
    expect(saved).toEqual({ file: all, format: 'GEOJSON', elements: features.length });
    const name = features[0].properties.name;
    const poles = path.join(folder, 'poles.csv');
    await answer('export', poles, '--project', name, '--kind', 'pole');
    const lines = (await readFile(poles, 'utf8')).trimEnd().split('\r\n');
    const ofProject = features.filter(
      ({ properties }: { properties: Record<string, unknown> }) =>
        properties.kind === 'pole' && properties.project === name,
    );
    expect(lines).toHaveLength(1 + ofProject.length);
    expect(await failure(['export', all])).toBe('CONFLICT');
    expect(await failure(['export', path.join(folder, 'all.dxf')])).toBe('BAD_REQUEST');
    expect(await failure(['export', path.join(folder, 'all.csv')])).toBe('BAD_REQUEST');
    const nowhere = path.join(folder, 'none.kmz');
    expect(await failure(['export', nowhere, '--project', 'Nowhere'])).toBe('NOT_FOUND');
    await Promise.all([rm(all), rm(poles)]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('saves a backup as a file, with its SHA-256, and replaces none unasked', async () => {
    const saved = await answer('download', 'Mine', file);
    const bytes = await readFile(file);
    expect(saved).toMatchObject({
      file,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await failure(['download', 'Mine', file])).toBe('CONFLICT');
    expect(await failure(['download', 'Mine', folder])).toBe('BAD_REQUEST');
    expect(await failure(['download', 'Mine', `${folder}/nowhere/a`])).toBe('BAD_REQUEST');
    expect(await failure(['list', '--limit', 'x'])).toBe('BAD_REQUEST');
    expect(await readdir(folder)).toEqual(['copy.tar.gz.doz']);
    expect(await answer('show', 'Mine')).toMatchObject({
      archiveSha256: saved.sha256,
      archiveSize: String(bytes.length),
      archiveExact: true,
    });
  });

  test('writes down what it took, and that it could not take all of it', async () => {
    const { vault, store } = opened.server;
    const downloads = () =>
      vault.auditEvent.findMany({ where: { action: 'backup.download' }, orderBy: { id: 'asc' } });
    const [taken, more] = await downloads();
    expect([taken?.outcome, more]).toEqual(['DONE', undefined]);
    let largest = { name: '', bytes: 0 };
    for await (const object of store.list('chunks/'))
      if (object.bytes > largest.bytes) largest = object;
    const kept = await store.get(largest.name);
    await store.delete(largest.name);
    expect(await failure(['download', 'Mine', `${file}.2`])).toBe('CHUNK_MISSING');
    await store.put(largest.name, kept);
    expect((await downloads()).at(-1)).toMatchObject({
      outcome: 'FAILED',
      detail: { code: 'CHUNK_MISSING' },
    });
    expect(await readdir(folder)).toEqual(['copy.tar.gz.doz']);
  });

  test('says of a file what it is and whether it is intact, with its key and without', async () => {
    const found = await answer('inspect', file);
    expect(found).toMatchObject({
      ours: true,
      tested: true,
      manifest: { metadata: { name: 'Mine' } },
    });
    const stranger = { SERVER_KEY: '11'.repeat(32) };
    const foreign = await run(['inspect', file, '--json'], stranger);
    expect(JSON.parse(foreign.out)).toMatchObject({ ours: false, tested: false, manifest: null });
    const { serverKey } = await answer('kit');
    const told = await run(['inspect', file, '--key', serverKey, '--json'], stranger);
    expect(JSON.parse(told.out)).toMatchObject({ tested: true, serverId: found.serverId });
  });

  test('inspects without a server, a database or a data folder', async () => {
    const nothing = { SERVER_KEY: '', DATABASE_URL: '', DATA_DIR: path.join(folder, 'none') };
    const said = await run(['inspect', file, '--json'], nothing);
    expect(JSON.parse(said.out)).toMatchObject({ tested: false });
    expect((await run(['inspect', file], nothing)).out).not.toContain('another');
    expect((await run(['inspect', file], { SERVER_KEY: '11'.repeat(32) })).out).toContain(
      'another',
    );
    expect(await readdir(folder)).toEqual(['copy.tar.gz.doz']);
  });

  test('names what is wrong with a file', async () => {
    const bytes = await readFile(file);
    const wrong = path.join(folder, 'wrong');
    const put = (content: Uint8Array) => writeFile(wrong, content);
    await put(bytes.subarray(0, -1));
    expect(await failure(['inspect', wrong])).toBe('ARCHIVE_TRUNCATED');
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
    await put(bytes);
    expect(await failure(['inspect', wrong])).toBe('ARCHIVE_ALTERED');
    await put(Buffer.from('no archive at all'));
    expect(await failure(['inspect', wrong])).toBe('NOT_AN_ARCHIVE');
    expect(await failure(['upload', wrong])).toBe('NOT_AN_ARCHIVE');
    expect(await failure(['inspect', folder])).toBe('NOT_FOUND');
    expect(await readdir(path.join(opened.dataDir, 'uploads'))).toEqual([]);
    await rm(wrong);
  });

  test('brings a deleted backup back', async () => {
    expect(await failure(['upload', file])).toBe('ALREADY_HERE');
    const { server } = opened;
    const before = await server.vault.backup.findFirstOrThrow();
    const mayDelete = await permit(server, localActor('Ana'), 'backup.delete');
    await deleteBackup(server, mayDelete, before.id);
    // The command would wait for the sweep to end.
    await server.vault.job.deleteMany({ where: { kind: 'SWEEP' } });
    const { backup, job } = await answer('upload', file);
    expect(job).toMatchObject({ kind: 'CHECK_UPLOAD', status: 'SUCCEEDED' });
    expect(backup).toMatchObject({
      id: before.id,
      name: 'Mine',
      createdAt: before.createdAt.toISOString(),
      kind: 'UPLOADED',
      uploadedFrom: 'copy.tar.gz.doz',
    });
  });

  test('prints the recovery kit, for people as a file that age takes', async () => {
    const kit = await answer('kit');
    expect(kit.serverKey).toMatch(/^FIBERKEEP-KEY1[A-Z0-9]{58}$/);
    expect(kit.ageIdentity).toMatch(/^AGE-SECRET-KEY-1/);
    const lines = (await run(['kit'])).out.trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([kit.ageIdentity]);
  });
});
