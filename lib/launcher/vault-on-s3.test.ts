import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { descendants, until } from '#testing/process-tree.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';
import { openVaultLab, type VaultLab } from '#testing/vault-lab.ts';
import { RUN, root } from './root.ts';

const WITHIN = 600_000;
const person = { email: 'ana@example.net', password: 'correct horse battery' };

const somePoles = `
  INSERT INTO plant.project (id, name) VALUES ('00000000-0000-7000-8000-0000000000c1', 'Centro');
  INSERT INTO plant.pole (id, project_id, name, lat, lng, type, address)
    SELECT gen_random_uuid(), '00000000-0000-7000-8000-0000000000c1', 'P-' || i, -23.5 + i * 1e-6, -46.6,
           'concrete', 'Rua ' || md5(i::text)
      FROM generate_series(1, 200) i;
  INSERT INTO plant.post (id, pole_id, title, observation)
    SELECT gen_random_uuid(), id, 'Inspection', '' FROM plant.pole LIMIT 20`;

/** A machine with a folder of its own, and a server started as people start it. */
interface Machine {
  readonly dataDir: string;
  readonly env: Record<string, string>;
  readonly server: RunningServer;
}

let lab: VaultLab;
let database: TestDatabase;
let client: pg.Client;
let shared: Record<string, string>;
let machines: Machine[] = [];
let cookie = '';

beforeAll(async () => {
  lab = await openVaultLab('the strict double');
  database = await openTestDatabase({ migrated: false });
  shared = {
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: '',
    LC_ALL: 'C',
    DATABASE_URL: database.url,
    SERVER_KEY: randomBytes(32).toString('hex'),
    ADMIN_EMAIL: person.email,
    ADMIN_PASSWORD: person.password,
    ...lab.env('plant'),
  };
  for (const name of ['one', 'two']) machines.push(await startMachine(name));
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(somePoles);
}, WITHIN);

afterAll(async () => {
  await client?.end();
  for (const { server, dataDir } of machines) {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  await database[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
}, WITHIN);

async function startMachine(name: string): Promise<Machine> {
  const dataDir = await mkdtemp(path.join(tmpdir(), `fiberkeep-${name}-`));
  const env = { ...shared, DATA_DIR: dataDir };
  return { dataDir, env, server: await startRealServer(env) };
}

const machine = (n: 0 | 1) => machines[n] as Machine;

function send(n: 0 | 1, where: string, init: RequestInit = {}): Promise<Response> {
  const headers = { cookie, ...(init.headers as Record<string, string>) };
  return fetch(`${machine(n).server.url}${where}`, { ...init, headers });
}

async function ask<T>(n: 0 | 1, query: string): Promise<T> {
  const response = await send(n, '/api/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { data, errors } = (await response.json()) as { data: object | null; errors?: unknown };
  if (!data) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as T;
}

/** A command on one machine, beside its server; answers its JSON. */
async function command(n: 0 | 1, ...args: string[]): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [RUN, 'lib/cli/main.ts', ...args, '--json'], {
    cwd: root,
    env: { ...process.env, ...machine(n).env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const out: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const said = Buffer.concat(out).toString();
  expect(code, `${args.join(' ')}: ${said}`).toBe(0);
  return JSON.parse(said);
}

async function digests(): Promise<string> {
  const { rows } = await client.query(
    `SELECT md5(string_agg(p::text, E'\n' ORDER BY p::text)) AS pole,
            (SELECT count(*) FROM plant.post_file) AS files FROM plant.pole p`,
  );
  return JSON.stringify(rows[0]);
}

describe('two machines that share a database and a bucket', { timeout: WITHIN }, () => {
  const photo = randomBytes(700_000);
  const film = randomBytes(11_000_000);
  let before: string;

  test('let people sign in on one, and know them on the other', async () => {
    await ask(
      0,
      `mutation { signIn(email: "${person.email}", password: "${person.password}") { me { actions } } }`,
    );
    const me = await ask<{ actions: string[] }>(1, '{ me { actions } }');
    expect(me.actions).toContain('backup.create');
  });

  test('show on one the photo and the film that were put on a post on the other', async () => {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM plant.post LIMIT 1');
    for (const [name, body] of Object.entries({ 'a.jpg': photo, 'b.mp4': film })) {
      const made = await send(0, `/api/posts/${rows[0]?.id}/files?name=${name}`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(body),
      });
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as { id: string };
      const shown = await send(1, `/api/files/${id}`);
      expect(Buffer.from(await shown.arrayBuffer()).equals(body)).toBe(true);
      const range = await send(1, `/api/files/${id}`, { headers: { range: 'bytes=4000-600000' } });
      expect(range.status).toBe(206);
      expect(Buffer.from(await range.arrayBuffer()).equals(body.subarray(4000, 600_001))).toBe(
        true,
      );
    }
    before = await digests();
  });

  test('make on either what is asked for on the other, and bring it back', async () => {
    await command(0, 'create', 'first');
    await client.query("UPDATE plant.pole SET address = 'changed since'");
    await client.query('DELETE FROM plant.post_file');
    await command(1, 'test', 'first');
    await command(1, 'restore', 'first', '--yes');
    expect(await digests()).toBe(before);
    await command(0, 'undo', '--yes');
    expect(await digests()).not.toBe(before);
    await command(1, 'nightly', '--now');
  });

  test('give an archive out on one and take it in on the other', async () => {
    const file = path.join(machine(0).dataDir, 'first.tar.gz.doz');
    await command(0, 'download', 'first', file);
    const { nodes } = await ask<{ nodes: { id: string; name: string }[] }>(
      1,
      '{ backups(search: "first", kind: MANUAL) { nodes { id name } } }',
    );
    const archive = await readFile(file);
    const streamed = await send(1, `/api/backups/${nodes[0]?.id}/archive`);
    expect(Buffer.from(await streamed.arrayBuffer()).equals(archive)).toBe(true);
    await rm(file);
    await command(0, 'delete', 'first', '--yes');

    // Half of it is sent to one machine, the rest to the other.
    const tus = (
      n: 0 | 1,
      method: string,
      where: string,
      headers: Record<string, string>,
      body?: Buffer,
    ) =>
      send(n, where, {
        method,
        headers: { 'tus-resumable': '1.0.0', ...headers },
        ...(body && { body: new Uint8Array(body) }),
      });
    const announced = await tus(0, 'POST', '/api/uploads', {
      'upload-length': `${archive.length}`,
    });
    const url = announced.headers.get('location') ?? '';
    const half = Math.floor(archive.length / 2);
    const type = { 'content-type': 'application/offset+octet-stream' };
    await tus(0, 'PATCH', url, { ...type, 'upload-offset': '0' }, archive.subarray(0, half));
    const asked = await tus(1, 'HEAD', url, {});
    expect(asked.headers.get('upload-offset')).toBe(String(half));
    const ended = await tus(
      1,
      'PATCH',
      url,
      { ...type, 'upload-offset': `${half}` },
      archive.subarray(half),
    );
    expect(ended.status).toBe(204);
    const jobId = ended.headers.get('fiberkeep-job');
    const status = async () =>
      (await client.query('SELECT status FROM vault.job WHERE id = $1', [jobId])).rows[0].status;
    await until(async () => (await status()) === 'SUCCEEDED', WITHIN);
    expect(
      (
        await ask<{ totalCount: number }>(
          1,
          '{ backups(search: "first", kind: UPLOADED) { totalCount } }',
        )
      ).totalCount,
    ).toBe(1);
  });

  test('end what a machine left half done that was killed', async () => {
    lab.proxy.faults.push({
      on: ({ method }) => method === 'PUT',
      fault: async ({ response }) => {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        response.socket?.resetAndDestroy();
      },
    });
    await client.query("UPDATE plant.pole SET address = address || ' once more'");
    const { job } = await ask<{ job: { id: string } }>(
      0,
      'mutation { createBackup(input: { name: "in the middle" }) { job { id } } }',
    );
    const row = async () =>
      (
        await client.query('SELECT status, attempts, worker_id FROM vault.job WHERE id = $1', [
          job.id,
        ])
      ).rows[0];
    await until(async () => (await row()).status === 'RUNNING', WITHIN);
    const [, worker] = String((await row()).worker_id).split(' ');
    const below = await Promise.all(machines.map(({ server }) => descendants(server.pid)));
    const at = below.findIndex((all) => all.some(({ pid }) => String(pid) === worker));
    const dying = machines[at] as Machine;
    for (const { pid } of [...(below[at] ?? []), { pid: dying.server.pid }])
      process.kill(pid, 'SIGKILL');
    lab.proxy.faults.length = 0;
    await until(async () => (await row()).status === 'SUCCEEDED', WITHIN);
    machines = machines.filter((one) => one !== dying);
    await rm(dying.dataDir, { recursive: true, force: true });
    expect(
      (await ask<{ totalCount: number }>(0, '{ backups(search: "middle") { totalCount } }'))
        .totalCount,
    ).toBe(1);
  });

  test('keep nothing in their folders that the other would need', async () => {
    for (const { dataDir } of machines)
      expect((await readdir(dataDir)).filter((name) => !/lock|run\.json/.test(name))).toEqual([]);
  });

  test('refuse a third that would keep its backups in its own folder', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'fiberkeep-three-'));
    const refused = startRealServer({ ...shared, DATA_DIR: dataDir, VAULT_URL: '' });
    await expect(refused).rejects.toThrow(/VAULT_UNSUITABLE: .* lies in s3:\/\/vault\/plant/);
    await rm(dataDir, { recursive: true, force: true });
  });
});
