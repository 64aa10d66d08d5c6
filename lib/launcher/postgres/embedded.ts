import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { FiberkeepError } from '#errors';
import { freePort, isPortTaken } from '../port.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Cluster, openCluster, programEnv, ROLE, writeSettings } from './cluster.ts';
import { findOwner, type Owner } from './owner.ts';
import { clearPidFile, stopServer } from './pid-file.ts';

/** A PostgreSQL server of our own, restarted when it dies. */
export interface EmbeddedPostgres {
  /** URL of role `fiberkeep` on the loopback; constant for the life of this object. */
  readonly url: string;
  /** Process id of the current server. */
  readonly pid: number;
  stop(): Promise<void>;
}

interface Options {
  /** More rights for role `fiberkeep`, such as CREATEDB; read only when the cluster is made. */
  readonly roleOptions?: string;
  /** Tells a person something, a line at a time. */
  readonly say: (line: string) => void;
  /** Cancels the start, which may take long after a crash. */
  readonly signal: AbortSignal;
  /** More server settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
const STOP_MS = 30_000;
/** Backends of a server that was killed may hold its shared memory for a moment. */
const CRASH_MS = 10_000;
const LOG_BYTES = 10 * 1024 * 1024;
const MB = 1024 * 1024;

/** Starts the cluster under `home`, made at the first start; resolves once it takes connections. */
export async function startEmbeddedPostgres(
  home: string,
  options: Options,
): Promise<EmbeddedPostgres> {
  const owner = await findOwner();
  const binaries = await findBinaries(owner, options.say);
  const cluster = await openCluster(home, binaries, owner, options);
  const crashed = await clearPidFile(cluster.folder);
  const port = await stablePort(home, cluster);
  const server = new Server(home, { ...cluster, port }, binaries, owner, options);
  const callOff = () => void server.stop();
  options.signal.addEventListener('abort', callOff);
  try {
    await server.startWithin(crashed ? CRASH_MS : 0);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', callOff);
  }
}

async function stablePort(home: string, cluster: Cluster): Promise<number> {
  if (cluster.port !== 0 && !(await isPortTaken(HOST, cluster.port))) return cluster.port;
  const port = await freePort();
  await writeSettings(home, { ...cluster, port });
  return port;
}

class Server implements EmbeddedPostgres {
  readonly url: string;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restart: Promise<void> | undefined;

  constructor(
    readonly home: string,
    readonly cluster: Cluster,
    readonly binaries: Binaries,
    readonly owner: Owner,
    readonly options: Options,
  ) {
    this.url = `postgresql://${ROLE}:${cluster.password}@${HOST}:${cluster.port}/${ROLE}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it, again while that fails within `ms`. */
  async startWithin(ms: number): Promise<void> {
    for (const deadline = Date.now() + ms; ; ) {
      try {
        return await this.#start();
      } catch (error) {
        if (this.#stopping || Date.now() >= deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  async #start(): Promise<void> {
    const log = await this.#openLog();
    const child = spawn(
      this.binaries.postgres,
      [
        '-D',
        this.cluster.folder,
        '-p',
        String(this.cluster.port),
        ...settings(this.options.settings),
      ],
      {
        ...this.owner,
        cwd: '/',
        env: programEnv,
        // Ctrl-C in the terminal goes to the launcher, which stops the database last.
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await log.close();
    this.#child = child;
    const state = { ended: false };
    child.once('error', () => {
      state.ended = true;
    });
    child.once('exit', () => {
      state.ended = true;
    });
    await this.#untilReady(state);
    if (state.ended) this.#lost();
    else child.once('exit', () => this.#lost());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restart;
    if (this.#child?.pid && this.#child.exitCode === null && this.#child.signalCode === null)
      await stopServer(this.#child.pid, STOP_MS);
  }

  #lost(): void {
    if (this.#stopping) return;
    this.options.say('PostgreSQL ended unexpectedly and is started again.');
    this.#restart = this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    for (let wait = 100; !this.#stopping; wait = Math.min(wait * 2, 10_000)) {
      try {
        await clearPidFile(this.cluster.folder);
        await this.#start();
        this.options.say('PostgreSQL is back.');
        return;
      } catch (error) {
        // The dead server's backends may still be ending.
        if (wait >= 1_600)
          this.options.say(`PostgreSQL does not start: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  async #untilReady(state: { ended: boolean }): Promise<void> {
    const began = Date.now();
    let told = false;
    while (!(await answers(this.url))) {
      if (this.#stopping) throw new FiberkeepError('CANCELLED');
      if (state.ended) throw await this.#notStarted();
      if (!told && Date.now() - began > 5_000) {
        told = true;
        this.options.say('PostgreSQL is recovering after a crash …');
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async #notStarted(): Promise<FiberkeepError> {
    const file = path.join(this.home, 'postgres.log');
    const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n');
    const cause = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
    return new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'postgresNotStarted',
      params: { detail: cause.replace(/^.*?(FATAL|PANIC): */, ''), log: file },
    });
  }

  async #openLog() {
    const file = path.join(this.home, 'postgres.log');
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > LOG_BYTES) await rename(file, `${file}.1`);
    return open(file, 'a', 0o600);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Settings for a machine with other work. No replica reads the log, so bulk loads skip it. */
function settings(others: Readonly<Record<string, string>> = {}): string[] {
  const buffers = Math.round(Math.min(512 * MB, Math.max(64 * MB, os.totalmem() / 16)) / MB);
  const values = {
    listen_addresses: HOST,
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: `${buffers}MB`,
    maintenance_work_mem: '64MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: '0.9',
    jit: 'off',
    log_checkpoints: 'off',
    idle_in_transaction_session_timeout: '0',
    ...others,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
