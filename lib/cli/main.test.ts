import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockFolder } from '#launcher/lock.ts';
import { isAlive } from '#launcher/processes.ts';
import { RUN, root } from '#launcher/root.ts';
import { childOf, until } from '#testing/process-tree.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';

const WITHIN = 240_000;
const unset = {
  DATABASE_URL: '',
  SERVER_KEY: '',
  PUBLIC_URL: '',
  ADMIN_EMAIL: '',
  LOG_LEVEL: '',
  LC_ALL: 'C',
};

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(dataDir: string, ...args: string[]): Promise<Said> {
  return begin(dataDir, ...args).ended;
}

function begin(dataDir: string, ...args: string[]) {
  const child = spawn(process.execPath, [RUN, 'lib/cli/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...unset, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.err += data;
  });
  const ended = new Promise<Said>((resolve) =>
    child.once('close', (code) => resolve({ ...said, code: code ?? -1 })),
  );
  return { child, ended };
}

/** The JSON document of a command, which must succeed. */
async function answer(dataDir: string, ...args: string[]) {
  const { code, out, err } = await run(dataDir, ...args, '--json');
  expect(`${code} ${err}${code === 0 ? '' : out}`).toBe('0 ');
  return JSON.parse(out);
}

async function folderFor(name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `fiberkeep-cli-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

async function postgresPid(dataDir: string): Promise<number> {
  const file = path.join(dataDir, 'postgres/cluster/postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '0');
  return Number(text.split('\n')[0]);
}

describe('the command line without a server', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await folderFor('alone');
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  test('walks from an empty folder to a backup, back to it, back again, and deletes it', {
    timeout: WITHIN,
  }, async () => {
    await answer(dataDir, 'sample');
    const before = await answer(dataDir, 'status');
    expect(before).toMatchObject({ running: false, network: { projects: 3 } });
    const { backup } = await answer(dataDir, 'create', 'Mine', '--comment', 'of the test');
    expect(backup).toMatchObject({ name: 'Mine', comment: 'of the test', includesFiles: true });
    expect(backup.fileCount).toBe(before.network.files);
    expect(await answer(dataDir, 'list')).toEqual([backup]);
    expect(await answer(dataDir, 'show', 'Mine')).toEqual(backup);
    expect((await answer(dataDir, 'test', backup.id)).job.status).toBe('SUCCEEDED');

    const restored = await answer(dataDir, 'restore', 'Mine', '--yes');
    expect(restored.restore).toMatchObject({ status: 'APPLIED', backupId: backup.id });
    const poles = restored.tables.find(({ name }: { name: string }) => name === 'pole');
    expect(poles).toEqual({ name: 'pole', rowsInBackup: '348', rowsNow: '348' });
    expect((await answer(dataDir, 'undo', '--yes')).restore.status).toBe('UNDONE');
    expect((await answer(dataDir, 'status')).network).toEqual(before.network);

    const kinds = (await answer(dataDir, 'list')).map(({ kind }: { kind: string }) => kind);
    expect(kinds.filter((kind: string) => kind === 'SAFETY').length).toBeGreaterThan(0);
    expect(await answer(dataDir, 'delete', 'Mine', '--yes')).toEqual({ deleted: backup.id });
    expect(await answer(dataDir, 'list', '--kind', 'MANUAL')).toEqual([]);
    expect(isAlive(await postgresPid(dataDir)) && (await postgresPid(dataDir)) > 0).toBe(false);
  });

  test('asks before it restores, and changes nothing without a terminal', {
    timeout: WITHIN,
  }, async () => {
    await answer(dataDir, 'create', 'Asked');
    const refused = await run(dataDir, 'restore', 'Asked');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--yes') });
    expect(refused.out).toMatch(/pole +348 +348/);
    const again = await run(dataDir, 'undo', '--yes');
    expect(again.err).toMatch(/^NOT_FOUND: There is no restore that could be undone/);
  });

  test('names them by id where two backups have one name', { timeout: WITHIN }, async () => {
    const one = await answer(dataDir, 'create', 'Twice');
    const two = await answer(dataDir, 'create', 'Twice');
    const refused = await run(dataDir, 'show', 'Twice', '--json');
    const { code, reason, params, hint } = JSON.parse(refused.out).error;
    expect(code).toBe('CONFLICT');
    expect({ reason, params }).toMatchObject({
      reason: 'backupNameNotUnique',
      params: { count: 2, name: 'Twice' },
    });
    for (const { backup } of [one, two]) expect(hint).toContain(backup.id);
  });

  test('cancels its job on Ctrl-C and leaves nothing running', { timeout: WITHIN }, async () => {
    const other = await folderFor('cancel');
    const { child, ended } = begin(other, 'sample', '--size', 'region', '--json');
    await until(async () => (await postgresPid(other)) > 0, 60_000);
    await until(() => isSampleRunning(other), 60_000);
    const database = await postgresPid(other);
    child.kill('SIGINT');
    const said = await ended;
    expect(said.code).toBe(130);
    expect(JSON.parse(said.out).error.code).toBe('CANCELLED');
    expect(isAlive(database)).toBe(false);
    expect((await answer(other, 'status')).network.poles).toBe(0);
    await rm(other, { recursive: true });
  });

  test('waits for nobody who holds the folder', { timeout: WITHIN }, async () => {
    await using _held = await lockFolder(dataDir, 'command-line');
    const refused = await run(dataDir, 'list');
    expect(refused.err).toMatch(/^ALREADY_RUNNING: The command line already runs on /);
  });
});

/** Whether a worker has claimed the sample job, read through the embedded database. */
async function isSampleRunning(dataDir: string): Promise<boolean> {
  const file = path.join(dataDir, 'postgres/settings.json');
  const { password, port } = JSON.parse(await readFile(file, 'utf8'));
  const client = new pg.Client(`postgresql://fiberkeep:${password}@127.0.0.1:${port}/fiberkeep`);
  try {
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM vault.job WHERE status = 'RUNNING'");
    return rows.length > 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

describe('the command line beside a server', () => {
  let folder: string;
  let dataDir: string;
  let server: RunningServer;
  beforeAll(async () => {
    folder = await folderFor('beside');
    dataDir = path.join(folder, 'data');
    // At this level the worker logs the jobs it has done.
    const TIME_ZONE = 'America/Sao_Paulo';
    const env = { ...unset, TIME_ZONE, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'debug' };
    server = await startRealServer(env);
  }, WITHIN);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('says where the server runs, and has its worker do the work', {
    timeout: WITHIN,
  }, async () => {
    const status = await answer(dataDir, 'status');
    expect(status).toMatchObject({ running: true, url: server.url, pid: server.pid });
    await answer(dataDir, 'sample');
    const { backup, job } = await answer(dataDir, 'create', 'Beside', '--no-files');
    expect(backup).toMatchObject({ name: 'Beside', includesFiles: false });
    const words = await run(dataDir, 'create', 'In words', '--no-files');
    expect(words.out).toMatch(/rows, [1-9]\d* files not included, /);
    const done = server
      .said()
      .split('\n')
      .filter((line) => line.includes('"job done"'));
    expect(done.map((line) => JSON.parse(line).job)).toContain(job.id);
  });

  test('writes moments in the zone of the schedule, and says its offset', {
    timeout: WITHIN,
  }, async () => {
    const { backup } = await answer(dataDir, 'create', '--no-files');
    const saoPaulo = new Date(Date.parse(backup.createdAt) - 3 * 3_600_000).toISOString();
    const local = saoPaulo.slice(0, 16).replace('T', ' ');
    // The name is of the moment before it was made.
    expect(backup.name).toMatch(new RegExp(`^Backup ${local.slice(0, 13)}:\\d\\d$`));
    const shown = await run(dataDir, 'show', backup.id);
    expect(shown.out).toContain(`Created   ${local} -03:00\n`);
  });

  test('runs tonight’s as if its time had come, once, and lists it', {
    timeout: WITHIN,
  }, async () => {
    const first = await answer(dataDir, 'nightly', '--now');
    expect(first).toMatchObject({
      outcome: 'BEGUN',
      night: { status: 'SUCCEEDED', attempts: 1, late: false },
      backup: { kind: 'AUTOMATIC', scheduledFor: first.night.scheduledFor },
    });
    expect(Date.parse(first.night.scheduledFor)).toBeGreaterThan(Date.now());
    const second = await run(dataDir, 'nightly', '--now');
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(second.out).toMatch(/^Nothing to do: .* already ran: backup /);
    const { schedule, nights } = await answer(dataDir, 'nightly');
    expect(nights).toMatchObject([{ id: first.night.id, backupId: first.backup.id }]);
    expect(Date.parse(schedule.nextRun.at)).toBeGreaterThan(Date.parse(first.night.scheduledFor));
    expect(await answer(dataDir, 'list', '--kind', 'AUTOMATIC')).toHaveLength(1);
  });

  test.each([
    ['a name that no backup has', ['show', 'nope'], 'NOT_FOUND', /^There is no backup “nope”\.$/],
    ['a backup without a name', ['create', ' '], 'VALIDATION_FAILED', /name/],
    ['a name of 100,000 characters', ['create', 'x'.repeat(100_000)], 'VALIDATION_FAILED', /name/],
    ['an undo of nothing', ['undo', '--yes'], 'NOT_FOUND', /no restore/],
    ['a sample on top of a network', ['sample'], 'CONFLICT', /network here already/],
  ])(
    'refuses %s with a code, a reason and a hint, and exits with 1',
    async (_case, args, code, message) => {
      const failed = await run(dataDir, ...args, '--json');
      expect(failed.code).toBe(1);
      expect(JSON.parse(failed.out).error).toEqual(
        expect.objectContaining({
          code,
          message: expect.stringMatching(message),
          hint: expect.stringMatching(/./),
        }),
      );
    },
  );

  test('tells people what is wrong on standard error', async () => {
    const words = await run(dataDir, 'show', 'nope');
    expect(words).toEqual({
      code: 1,
      out: '',
      err: 'NOT_FOUND: There is no backup “nope”.\nSee which there are with: npm run fiberkeep -- list\n',
    });
  });

  test('works on while the web process is down', { timeout: WITHIN }, async () => {
    const web = await childOf(server.pid, 'lib/web/main.ts');
    process.kill(web, 'SIGSTOP');
    try {
      const { backup } = await answer(dataDir, 'create', 'Without the web');
      expect(await answer(dataDir, 'delete', backup.id, '--yes')).toEqual({ deleted: backup.id });
    } finally {
      process.kill(web, 'SIGCONT');
    }
  });
});
