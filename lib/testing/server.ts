import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '#config';
import { openServer, type Server } from '#services/server.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** A server with its own database and data folder; disposing closes and removes both. */
export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** The environment with which another process opens the same server. */
  readonly env: Record<string, string>;
}

/** Environment in which the machine that runs the tests needs little free space. */
export function smallReserve(): Record<string, string> {
  return { DISK_RESERVE_MB: '64' };
}

/** `now`: the clock of the nights, in place of the machine's. `env` is added to the environment. */
export async function openTestServer(
  options: { now?: () => Date; env?: Record<string, string> } = {},
): Promise<TestServer> {
  const database = await openTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'fiberkeep-test-'));
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    SERVER_KEY: randomBytes(32).toString('hex'),
    LOG_LEVEL: 'silent',
    ...smallReserve(),
    ...options.env,
  };
  const server = await openServer(readConfig(env), options);
  return {
    server,
    database,
    dataDir,
    env,
    async [Symbol.asyncDispose]() {
      await server.close();
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
