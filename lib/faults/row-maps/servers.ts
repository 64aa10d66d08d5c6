import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '#launcher/port.ts';
import { startEmbeddedPostgres } from '#launcher/postgres/embedded.ts';
import { findOwner } from '#launcher/postgres/owner.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';
/** Nothing here outlives the test, and prepared transactions are a part of it. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_prepared_transactions: '10' };
const STARTS_WITHIN_MS = 60_000;

/** A PostgreSQL of our own. */
export interface LabServer extends AsyncDisposable {
  readonly major: number;
  /** Of an owner who may create databases. */
  readonly url: string;
}

/** The embedded PostgreSQL, and Debian's 15 where it is installed. */
export async function openServers(): Promise<LabServer[]> {
  return [await openEmbedded(), ...(existsSync(DEBIAN_15) ? [await openDebian()] : [])];
}

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-row-maps-'));
  // User postgres must be able to enter it.
  await chmod(folder, 0o755);
  return folder;
}

async function openEmbedded(): Promise<LabServer> {
  const folder = await openFolder();
  const server = await startEmbeddedPostgres(path.join(folder, 'postgres'), {
    roleOptions: 'CREATEDB',
    settings: SETTINGS,
    say: () => {},
    signal: new AbortController().signal,
  });
  return {
    major: 18,
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openDebian(): Promise<LabServer> {
  const folder = await openFolder();
  const owner = await findOwner();
  const data = path.join(folder, 'data');
  await mkdir(data);
  if (owner) await chown(data, owner.uid, owner.gid);
  await promisify(execFile)(
    path.join(DEBIAN_15, 'initdb'),
    ['-D', data, '-U', 'fiberkeep', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    { ...owner, cwd: '/' },
  );
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: data });
  const child = spawn(
    path.join(DEBIAN_15, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...owner, cwd: '/', stdio: 'ignore' },
  );
  const url = `postgresql://fiberkeep@127.0.0.1:${port}/postgres`;
  await answers(url);
  return {
    major: 15,
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + STARTS_WITHIN_MS; ; await sleep(50)) {
    try {
      return await onServer(url, 'SELECT');
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
    }
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

let databases = 0;

/** An empty database; disposing drops it. */
export async function freshDatabase(
  server: LabServer,
  number = ++databases,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const name = `random_${number}`;
  await onServer(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(server.url, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}
