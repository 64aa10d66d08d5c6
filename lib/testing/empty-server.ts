import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '#config';
import { ensureServerKey, replaceServerKey } from '#launcher/data-dir.ts';
import { seedRoles } from '#services/accounts/set-up.ts';
import { openServer, type Server } from '#services/server.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { smallReserve } from './server.ts';
import { startWorker, type TestWorker } from './worker.ts';

/** A server that nobody has used yet, with a key and a worker of its own, as a launcher keeps them. */
export class EmptyServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly database: TestDatabase;
  readonly env: Record<string, string>;
  server: Server;
  #worker: TestWorker | null = null;

  private constructor(database: TestDatabase, env: Record<string, string>, server: Server) {
    this.dataDir = server.config.dataDir;
    this.database = database;
    this.env = env;
    this.server = server;
  }

  static async open(more: Record<string, string> = {}): Promise<EmptyServer> {
    const database = await openTestDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'fiberkeep-empty-'));
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      ...smallReserve(),
      ...more,
    };
    await ensureServerKey(dataDir);
    const opened = new EmptyServer(database, env, await openServer(readConfig(env)));
    await seedRoles(opened.server);
    opened.start();
    return opened;
  }

  start(): void {
    this.server.installKey = (key) => this.installKey(key);
    this.#worker ??= startWorker(this.server);
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = null;
  }

  /** As the launcher does it: web and worker start again. */
  async installKey(serverKey: Buffer): Promise<void> {
    await this.stop();
    await this.server.close();
    await replaceServerKey(this.dataDir, serverKey);
    this.server = await openServer(readConfig(this.env));
    this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.server.close();
    await this.database[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
