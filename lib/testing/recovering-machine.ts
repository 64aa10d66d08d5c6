import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '#cli/run-program.ts';
import { RUN, root } from '#launcher/root.ts';
import type { DestinationInput } from '#services/external/destination-input.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { smallReserve } from './server.ts';

/** Places of tests are on this machine. */
export const LOOPBACK = { DESTINATION_PRIVATE_NETWORKS: '127.0.0.0/8' };

/** A place, how a server is told of it, and how a command is. */
export interface TestPlace extends AsyncDisposable {
  readonly input: DestinationInput & { readonly url: string };
  readonly options: readonly string[];
}

/** What a recovery reports, in this order. The first is before it has begun. */
export const STEPS = [
  '',
  'discovering',
  'thawing',
  'fetching',
  'structure',
  'loading',
  'indexes',
  'files',
  'applying',
];

export interface Kill {
  /** In STEPS. */
  readonly step: number;
  readonly delayMs: number;
}

/** A machine that has nothing but an empty database. */
export class Machine implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #kit: string;
  readonly env: Record<string, string>;

  private constructor(database: TestDatabase, dataDir: string, kit: string) {
    this.#database = database;
    this.#kit = kit;
    this.env = {
      ...LOOPBACK,
      ...smallReserve(),
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      SERVER_KEY: '',
      LOG_LEVEL: 'silent',
      LC_ALL: 'C',
    };
  }

  /** In the folder, beside the kit that it recovers with. */
  static async open(folder: string): Promise<Machine> {
    const dataDir = await mkdtemp(path.join(folder, 'machine-'));
    return new Machine(await openTestDatabase(), dataDir, path.join(folder, 'kit.txt'));
  }

  run(...args: string[]) {
    const program = [RUN, path.join(root, 'lib/cli/main.ts'), ...args];
    return runProgram(program, { ...process.env, ...this.env }, new AbortController().signal);
  }

  recover(place: TestPlace, ...more: string[]) {
    const from = ['--kit', this.#kit, '--from', place.input.url];
    return this.run('recover', ...from, ...place.options, '--yes', '--json', ...more);
  }

  /**
   * Kills the command and all that it started, as a power cut does: a moment after its job has come to a step, or
   * where it ends before that.
   */
  async recoverUntilKilled(place: TestPlace, { step, delayMs }: Kill): Promise<void> {
    const args = ['recover', '--kit', this.#kit, '--from', place.input.url];
    const child = spawn(
      process.execPath,
      [RUN, path.join(root, 'lib/cli/main.ts'), ...args, ...place.options, '--yes'],
      {
        env: { ...process.env, ...this.env },
        stdio: 'ignore',
      },
    );
    let isOver = false;
    const ended = once(child, 'exit').then(() => {
      isOver = true;
    });
    await this.#untilStep(step, () => isOver);
    await Promise.race([sleep(delayMs), ended]);
    child.kill('SIGKILL');
    await ended;
  }

  /** Until the newest attempt that runs reports this phase, or one after it. */
  async #untilStep(step: number, isOver: () => boolean): Promise<void> {
    const client = await this.connect();
    const phases = STEPS.slice(step);
    while (step > 0 && !isOver()) {
      const { rows } = await client.query(
        "SELECT FROM vault.job WHERE kind = 'RECOVER' AND status = 'RUNNING' AND phase = ANY ($1)",
        [phases],
      );
      if (rows.length > 0) break;
      await sleep(10);
    }
    await client.end();
  }

  async isRecovered(): Promise<boolean> {
    const client = await this.connect();
    const { rows } = await client.query('SELECT FROM vault.recovery WHERE ended_at IS NOT NULL');
    await client.end();
    return rows.length > 0;
  }

  /** Ends the leases of dead workers now, instead of waiting for them to run out. */
  async expireLeases(): Promise<void> {
    const client = await this.connect();
    await client.query("UPDATE vault.job SET lease_until = now() WHERE status = 'RUNNING'");
    await client.end();
  }

  connect() {
    return this.#database.connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }
}
