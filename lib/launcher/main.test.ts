import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '#testing/database.ts';
import { alive, childOf, descendants, until } from '#testing/process-tree.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';
import { isAlive } from './processes.ts';
import { RUN, root } from './root.ts';
import { readRunFile } from './run-file.ts';

const WITHIN = 180_000;

let folder: string;
let dataDir: string;
const servers: RunningServer[] = [];

beforeEach(async () => {
  folder = await newFolder();
  dataDir = path.join(folder, 'data');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'fiberkeep-launch-'));
  await chmod(made, 0o755);
  return made;
}

/** A server that the end of the test stops. */
async function start(env: Record<string, string> = {}): Promise<RunningServer> {
  const server = await launch(dataDir, env);
  servers.push(server);
  return server;
}

function launch(folder: string, env: Record<string, string> = {}): Promise<RunningServer> {
  return startRealServer({
    PORT: '0',
    DATA_DIR: folder,
    DATABASE_URL: '',
    SERVER_KEY: '',
    PUBLIC_URL: '',
    ADMIN_EMAIL: '',
    ADMIN_PASSWORD: '',
    ...env,
  });
}

/** The one line that a start which fails prints. */
async function refusal(env: Record<string, string>): Promise<string> {
  const failed = await start(env).then(
    () => new Error('It started'),
    (error: Error) => error,
  );
  return failed.message;
}

/** Whom every Linux has for those who own nothing, also in /etc/passwd. */
const NOBODY = { uid: 65534, gid: 65534 };

/** Where root runs the tests, in a checkout that others can enter. */
function canTurnIntoNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  return spawnSync(process.execPath, ['--version'], { ...NOBODY, cwd: root }).status === 0;
}

/** User and groups of a process. */
async function rightsOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [uid, gid] = ['Uid', 'Gid'].map(
    (name) => RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1],
  );
  return `${uid}:${gid}:${/^Groups:\s*(.*?)\s*$/m.exec(status)?.[1]}`;
}

async function isHealthy(server: RunningServer): Promise<boolean> {
  return fetch(`${server.url}/api/health`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function databaseUrl(): Promise<string> {
  return (await readRunFile(dataDir))?.databaseUrl ?? '';
}

async function onDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: await databaseUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('npm start', () => {
  test('sets up everything on an empty folder, and a second start keeps it', {
    timeout: WITHIN,
  }, async () => {
    const first = await start();
    expect(await isHealthy(first)).toBe(true);
    expect(first.setUpUrl).toMatch(new RegExp(`^${first.url}/set-up\\?token=\\S{40,}$`));
    const key = await readFile(path.join(dataDir, 'server.key'), 'utf8');
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    for (const secret of ['server.key', 'run.json', 'postgres/settings.json'])
      expect((await stat(path.join(dataDir, secret))).mode & 0o777).toBe(0o600);
    const facts = await onDatabase(async (client) => {
      await client.query(
        "INSERT INTO vault.rate_limit VALUES ('kept', 1, now() + interval '1 day')",
      );
      const { rows } = await client.query(
        `SELECT current_user AS role, rolsuper AS superuser, pg_get_userbyid(datdba) AS owner
           FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
      );
      return rows[0];
    });
    expect(facts).toEqual({ role: 'fiberkeep', superuser: false, owner: 'fiberkeep' });
    const url = await databaseUrl();
    expect(await first.stop()).toBe(0);

    const second = await start();
    expect(await isHealthy(second)).toBe(true);
    expect(second.setUpUrl).not.toBe('');
    expect(second.setUpUrl).not.toBe(first.setUpUrl);
    expect(await readFile(path.join(dataDir, 'server.key'), 'utf8')).toBe(key);
    expect(await databaseUrl()).toBe(url);
    const kept = await onDatabase((client) =>
      client.query("SELECT points FROM vault.rate_limit WHERE key = 'kept'"),
    );
    expect(kept.rows).toEqual([{ points: 1 }]);
  });

  test('makes the administrator that the environment names', { timeout: WITHIN }, async () => {
    const server = await start({
      ADMIN_EMAIL: 'admin@example.net',
      ADMIN_PASSWORD: 'correct horse battery',
    });
    expect(server.setUpUrl).toBe('');
    const users = await onDatabase((client) =>
      client.query('SELECT email FROM plant.user_account'),
    );
    expect(users.rows).toEqual([{ email: 'admin@example.net' }]);
    // proc(5): what each process was started with.
    if (process.platform !== 'linux') return;
    const all = await descendants(server.pid);
    // The compiler of the launcher's own modules starts before any of them runs.
    const started = all.filter(({ command }) => !command.includes('esbuild --service'));
    expect(started.length).toBeGreaterThan(2);
    for (const { pid, command } of started) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      expect(environment, command).not.toMatch(/ADMIN_PASSWORD|correct horse/);
    }
  });

  test('leaves no process and no claim behind after SIGTERM, and ends an open event stream', {
    timeout: WITHIN,
  }, async () => {
    const server = await start();
    const processes = await descendants(server.pid);
    for (const part of ['lib/web/main.ts', 'lib/worker/main.ts', 'postgres'])
      expect(processes.map(({ command }) => command).join('\n')).toContain(part);
    const { hostname, port } = new URL(server.url);
    const socket = net.connect(Number(port), hostname);
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      'GET /api/graphql/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    expect(await server.stop()).toBe(0);
    await ended;
    expect(alive(processes)).toEqual([]);
    for (const file of ['lock', 'run.json'])
      await expect(stat(path.join(dataDir, file))).rejects.toThrow('ENOENT');
  });
});

test.runIf(canTurnIntoNobody())(
  'root gives its rights up where the data folder is somebody else’s, also for a command',
  { timeout: WITHIN },
  async () => {
    await mkdir(dataDir);
    // The group of the folder gives nobody that group.
    await chown(dataDir, NOBODY.uid, 0);
    const server = await start();
    expect(await isHealthy(server)).toBe(true);
    const processes = [server.pid, ...(await descendants(server.pid)).map(({ pid }) => pid)];
    const rights = `${NOBODY.uid}:${NOBODY.gid}:${NOBODY.gid}`;
    const found = await Promise.all(processes.map((pid) => rightsOf(pid).catch(() => rights)));
    expect(new Set(found)).toEqual(new Set([rights]));
    const command = (...words: string[]) =>
      spawnSync(process.execPath, [RUN, 'lib/cli/main.ts', ...words], {
        cwd: root,
        env: { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '', SERVER_KEY: '' },
        encoding: 'utf8',
      });
    expect(command('create', 'By root').stdout).toContain('The backup “By root” is made');
    const archive = path.join(dataDir, 'by-root.tar.gz.doz');
    expect(command('download', 'By root', archive).status).toBe(0);
    const files = await readdir(dataDir, { recursive: true });
    for (const file of files) {
      const found = await lstat(path.join(dataDir, file)).catch(() => null);
      expect([file, found?.uid ?? NOBODY.uid]).toEqual([file, NOBODY.uid]);
    }
  },
);

describe('npm start says in one line what is wrong when', () => {
  test('the port is in use', { timeout: WITHIN }, async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as net.AddressInfo;
    expect(await refusal({ PORT: String(port) })).toMatch(
      /code 1: PORT_IN_USE: Port \d+ on 127\.0\.0\.1 is in use\. .*PORT=\d+ npm start\.\n$/,
    );
    taken.close();
  });

  test('DATA_DIR cannot be written', { timeout: WITHIN }, async () => {
    await writeFile(path.join(folder, 'file'), '');
    expect(await refusal({ DATA_DIR: path.join(folder, 'file', 'data') })).toMatch(
      /code 1: DATA_DIR_UNUSABLE: The data folder \S+ cannot be written \(ENOTDIR\)\. .*DATA_DIR\.\n$/,
    );
  });

  test.runIf(process.platform === 'linux')(
    'DATA_DIR lies where nobody can make a folder',
    { timeout: WITHIN },
    async () => {
      expect(await refusal({ DATA_DIR: '/proc/fiberkeep/data' })).toMatch(
        /code 1: DATA_DIR_UNUSABLE: The data folder \S+ cannot be written \(ENOENT\)\. .*DATA_DIR\.\n$/,
      );
    },
  );

  test('DATA_DIR is a file', { timeout: WITHIN }, async () => {
    const file = path.join(folder, 'a-file');
    await writeFile(file, '');
    expect(await refusal({ DATA_DIR: file })).toMatch(
      /code 1: DATA_DIR_UNUSABLE: \S+a-file is a file, not a folder\. .*DATA_DIR\.\n$/,
    );
  });

  test('the database cannot be reached', { timeout: WITHIN }, async () => {
    const url = 'postgresql://someone:secret@127.0.0.1:1/fiberkeep';
    const line = await refusal({ DATABASE_URL: url });
    expect(line).toMatch(
      /code 1: DATABASE_UNREACHABLE: The database at 127\.0\.0\.1:1\/fiberkeep cannot be used: .*ECONNREFUSED.*DATABASE_URL.*\n$/,
    );
    expect(line).not.toContain('secret');
  });

  test('a variable is wrong', { timeout: WITHIN }, async () => {
    expect(await refusal({ TIME_ZONE: 'Mars/Olympus' })).toMatch(
      /code 1: CONFIGURATION_INVALID: TIME_ZONE .*\n$/,
    );
  });
});

describe('a server', () => {
  test('uses the PostgreSQL of DATABASE_URL and starts none', { timeout: WITHIN }, async () => {
    await using database = await openTestDatabase({ migrated: false });
    const server = await start({ DATABASE_URL: database.url });
    expect(await isHealthy(server)).toBe(true);
    const commands = (await descendants(server.pid)).map(({ command }) => command).join('\n');
    expect(commands).not.toContain('postgres -D');
    await server.stop();
    servers.length = 0;
  });

  test('starts in a folder that only its owner may enter', { timeout: WITHIN }, async () => {
    const closed = path.join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    dataDir = path.join(closed, 'data');
    const server = await start();
    expect(await isHealthy(server)).toBe(true);
    const settings = path.join(dataDir, 'postgres/settings.json');
    const { folder: cluster } = JSON.parse(await readFile(settings, 'utf8'));
    if (process.getuid?.() === 0) {
      expect(cluster).toMatch(/^\/var\/lib\/fiberkeep\//);
      expect(server.said()).toContain(`the database lies in ${cluster}`);
    } else expect(cluster).toBe('cluster');
    await server.stop();
    servers.length = 0;
    if (path.isAbsolute(cluster)) await rm(cluster, { recursive: true });
  });

  test('that was killed is started again at once on the same port, and its processes end', {
    timeout: WITHIN,
  }, async () => {
    const server = await start();
    const PORT = new URL(server.url).port;
    const processes = await descendants(server.pid);
    const own = processes.filter(({ command }) => /lib\/(web|worker)\/main/.test(command));
    expect(own).toHaveLength(2);
    process.kill(server.pid, 'SIGKILL');
    const next = await start({ PORT });
    expect(await isHealthy(next)).toBe(true);
    await until(() => alive(own).length === 0);
    // As a container ends, or a machine.
    const all = [{ pid: next.pid }, ...(await descendants(next.pid))];
    for (const { pid } of all) process.kill(pid, 'SIGKILL');
    const last = await start({ PORT });
    expect(await isHealthy(last)).toBe(true);
    await last.stop();
    expect(alive(processes)).toEqual([]);
  });

  test('finds its way when the process id of a crashed PostgreSQL belongs to another', {
    timeout: WITHIN,
  }, async () => {
    const first = await start();
    const pidFile = path.join(dataDir, 'postgres/cluster/postmaster.pid');
    const left = await readFile(pidFile, 'utf8');
    await first.stop();
    await writeFile(pidFile, left.replace(/^\d+/, String(process.pid)));
    const next = await start();
    expect(await isHealthy(next)).toBe(true);
  });
});

describe('a server that goes on', () => {
  let server: RunningServer;
  let runningIn: string;

  beforeAll(async () => {
    runningIn = await newFolder();
    server = await launch(path.join(runningIn, 'data'));
  }, WITHIN);
  beforeEach(() => {
    dataDir = path.join(runningIn, 'data');
  });
  afterAll(async () => {
    await server.stop();
    await rm(runningIn, { recursive: true, force: true });
  });

  test('lets no other run on its folder, which says so in one line', {
    timeout: WITHIN,
  }, async () => {
    for (const PORT of ['0', new URL(server.url).port])
      expect(await refusal({ PORT })).toMatch(
        new RegExp(
          `code 1: ALREADY_RUNNING: Fiberkeep already runs on \\S+ \\(process ${server.pid}\\)\\. .*\n$`,
        ),
      );
    expect(await isHealthy(server)).toBe(true);
  });

  test.each(['lib/web/main.ts', 'lib/worker/main.ts'])(
    'starts %s again when it is killed',
    { timeout: WITHIN },
    async (script) => {
      const killed = await childOf(server.pid, script);
      process.kill(killed, 'SIGKILL');
      await until(async () => {
        const now = await childOf(server.pid, script).catch(() => killed);
        return now !== killed;
      });
      await until(() => isHealthy(server));
    },
  );

  test('starts PostgreSQL again when it is killed, on the same address', {
    timeout: WITHIN,
  }, async () => {
    const url = await databaseUrl();
    const killed = await childOf(server.pid, 'postgres -D');
    process.kill(killed, 'SIGKILL');
    await until(async () => !(await isHealthy(server)) || !isAlive(killed));
    await until(() => isHealthy(server));
    expect(await databaseUrl()).toBe(url);
    expect(await childOf(server.pid, 'postgres -D')).not.toBe(killed);
    expect(server.said()).toContain('PostgreSQL is back.');
  });
});
