import { randomBytes } from 'node:crypto';
import { freePort } from '#testing/free-port.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';

/** What a bench that runs a server is handed. */
export interface ServerBench {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

export const ADMIN = {
  ADMIN_EMAIL: 'bench@example.net',
  ADMIN_PASSWORD: 'a password for the bench',
};

/** A server as people start it, with one administrator. */
export async function startBenchServer(
  databaseUrl: string,
  dataDir: string,
): Promise<RunningServer> {
  return startRealServer({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    SERVER_KEY: randomBytes(32).toString('hex'),
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    ...ADMIN,
  });
}
