import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Control, startControl } from './control.ts';
import { freePort } from './free-port.ts';
import { type RunningServer, startRealServer } from './running-server.ts';
import { hasSftpServer, type SftpServer, startSftpServer } from './sftp-server.ts';

const LOOPBACK = '127.0.0.0/8';

/**
 * What browser tests of a recovery need beside the server of all others: an empty server, and an SFTP server. Nothing
 * of it runs before a test orders it.
 */
export class RecoveryStage implements AsyncDisposable {
  readonly #folder: string;
  readonly #logFolder: string;
  #control: Control | null = null;
  #server: RunningServer | null = null;
  #env: Record<string, string> = {};
  #sftp: SftpServer | null = null;
  #starts = 0;

  private constructor(folder: string, logFolder: string) {
    this.#folder = folder;
    this.#logFolder = logFolder;
  }

  static async open(folder: string, logFolder: string): Promise<RecoveryStage> {
    const stage = new RecoveryStage(folder, logFolder);
    stage.#control = await startControl({
      '/empty': () => stage.#startEmpty(),
      '/start': () => stage.#start(),
      '/kill': () => stage.#kill(),
      '/sftp': ({ folder: copied }) => stage.#serveOverSftp(String(copied)),
    });
    return stage;
  }

  /**
   * POST `empty` starts a server that nobody has used; `kill` ends it as a power cut does; `start` starts it again with
   * its data. Both starts answer `{ url, setUpUrl }`. POST `sftp` with `{ folder }` answers how a copy of that folder
   * is reached over SFTP, or 204 where there is no SFTP server to test with.
   */
  get controlUrl(): string {
    return this.#control?.url ?? '';
  }

  async #startEmpty(): Promise<object> {
    await this.#end();
    const dataDir = path.join(this.#folder, `empty-${this.#starts}`);
    this.#env = {
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      DATA_DIR: dataDir,
      DATABASE_URL: '',
      PUBLIC_URL: '',
      SERVER_KEY: '',
      ADMIN_EMAIL: '',
      ADMIN_PASSWORD: '',
      DESTINATION_PRIVATE_NETWORKS: LOOPBACK,
    };
    return this.#start();
  }

  async #start(): Promise<object> {
    const log = path.join(this.#logFolder, `empty-server-${this.#starts++}.log`);
    this.#server = await startRealServer(this.#env, log);
    const { url, setUpUrl } = this.#server;
    return { url, setUpUrl };
  }

  async #kill(): Promise<undefined> {
    const killed = this.#server;
    this.#server = null;
    if (killed) process.kill(killed.pid, 'SIGKILL');
    await killed?.stop();
  }

  async #serveOverSftp(folder: string): Promise<object | undefined> {
    if (!hasSftpServer) return undefined;
    this.#sftp ??= await startSftpServer();
    const { host, port, user, password, hostKey, folder: root } = this.#sftp;
    const there = path.join(root, 'fiberkeep');
    await rm(there, { recursive: true, force: true });
    await mkdir(there);
    await cp(folder, there, { recursive: true });
    return { host, port, user, password, hostKey, folder: there };
  }

  async #end(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control?.close();
    await this.#end();
    await this.#sftp?.[Symbol.asyncDispose]();
  }
}
