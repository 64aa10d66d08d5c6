import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '#launcher/postgres/embedded.ts';
import { isAlive } from '#launcher/processes.ts';
import { migrate } from '#prisma/migrate.ts';
import { descendants } from '#testing/process-tree.ts';

const BACK_WITHIN_MS = 60_000;

/** A PostgreSQL server for one test to kill, with an empty installation. */
export interface OwnPostgres extends AsyncDisposable {
  readonly url: string;
  /** kill -9 of the postmaster, or of all its processes too. The server restarts by itself. */
  kill(whom: 'postmaster' | 'all'): Promise<void>;
  /** Waits until the server takes connections again. */
  back(): Promise<void>;
}

/** `folder`: its data; a temporary folder by default. */
export async function openOwnPostgres(folder?: string): Promise<OwnPostgres> {
  const home = folder ?? (await mkdtemp(path.join(tmpdir(), 'fiberkeep-killed-')));
  // User postgres must be able to enter it.
  await chmod(home, 0o755);
  const said: string[] = [];
  const server = await startEmbeddedPostgres(path.join(home, 'postgres'), {
    // The tests kill processes, never the machine: writes survive without fsync.
    settings: { fsync: 'off', full_page_writes: 'off' },
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  });
  await migrate(server.url, 'vault');
  await migrate(server.url, 'plant');
  return {
    url: server.url,
    async kill(whom) {
      const { pid } = server;
      const below = whom === 'all' ? (await descendants(pid)).map((child) => child.pid) : [];
      for (const one of [pid, ...below]) if (isAlive(one)) process.kill(one, 'SIGKILL');
    },
    back: () => answers(server.url, said),
    async [Symbol.asyncDispose]() {
      await server.stop();
      if (!folder) await rm(home, { recursive: true, force: true });
    },
  };
}

async function answers(url: string, said: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + BACK_WITHIN_MS; ; await sleep(50)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`Not back: ${said.join(' ')}`, { cause });
    } finally {
      await client.end().catch(() => {});
    }
  }
}
