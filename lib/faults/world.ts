import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readConfig } from '#config';
import { listTables } from '#engine/postgres/introspect.ts';
import type { Backup, ChangeSet, Job, Restore } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { runSweep } from '#services/backups/sweep-chunks.ts';
import { requestBringBack } from '#services/bring-back/bring-back.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { housekeep } from '#services/housekeeping.ts';
import { type Action, localActor, permitInPerson } from '#services/permit.ts';
import { requestTest } from '#services/restore-tests/test-backup.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { getRestore } from '#services/restores/restore-queries.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { undoRestore } from '#services/restores/undo-restore.ts';
import { openServer, type Server } from '#services/server.ts';
import { claimVault } from '#services/vault-store/claim-vault.ts';
import { fillPlant } from '#testing/plant-rows.ts';
import { startWorker } from '#testing/worker.ts';

/** Order-independent digest of each table's rows. */
export type Plant = Readonly<Record<string, string>>;

const RECOVERED_WITHIN_MS = 60_000;

/** Processes in these tests die at once and never pause, so a sweep need not wait long. */
export const quickSweep = (server: Server, run: JobRun) => runSweep(server, run, { graceMs: 50 });

export const may = <A extends Action>(server: Server, action: A) =>
  permitInPerson(server, localActor('Ana'), action);

interface WorldOptions {
  readonly poles?: number;
  readonly files?: number;
  readonly dataDir?: string;
  /** Added to the environment. */
  readonly more?: Record<string, string>;
}

/** A server with a plant and files of posts, for tests that break something. */
export class World implements AsyncDisposable {
  readonly #closers: (() => Promise<unknown>)[];

  private constructor(
    readonly server: Server,
    /** Environment with which another process opens the same server. */
    readonly env: Record<string, string>,
    closers: (() => Promise<unknown>)[],
  ) {
    this.#closers = closers;
  }

  /** Opens it on a migrated, empty database, and on a temporary data folder by default. */
  static async open(
    databaseUrl: string,
    { poles = 300, files = 4, dataDir, more = {} }: WorldOptions = {},
  ): Promise<World> {
    const folder = dataDir ?? (await mkdtemp(path.join(tmpdir(), 'fiberkeep-faults-')));
    const env = {
      DATABASE_URL: databaseUrl,
      DATA_DIR: folder,
      SERVER_KEY: randomBytes(32).toString('hex'),
      LOG_LEVEL: 'silent',
      DISK_RESERVE_MB: '64',
      ...more,
    };
    const server = await openServer(readConfig(env));
    await claimVault(server);
    const closers = [() => server.close()];
    if (!dataDir) closers.push(() => rm(folder, { recursive: true, force: true }));
    const world = new World(server, env, closers);
    await world.sql(async (client) => fillPlant(client, { poles }));
    for (let n = 0; n < files; n++) await world.addFile(randomBytes(200_000));
    return world;
  }

  /** The same plant, seen by another server. Closing stays with whom it belonged to. */
  on(server: Server, env: Record<string, string>): World {
    return new World(server, env, []);
  }

  async addFile(bytes: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await this.server.files.write(
      sha256,
      (async function* () {
        yield bytes;
      })(),
    );
    const row = 'INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, $2)';
    await this.server.pool.query(row, [sha256, bytes.length]);
    return sha256;
  }

  /** Changes a few rows in every large table of the plant. */
  async goOn(word: string): Promise<void> {
    await this.server.pool.query(
      `UPDATE plant.pole SET address = $1 || address WHERE hashtext(id::text) % 10 = 0`,
      [word],
    );
    await this.server.pool.query(
      `INSERT INTO plant.setting (key, value) VALUES ($1, to_jsonb(now()::text))`,
      [`${word} ${randomBytes(4).toString('hex')}`],
    );
    await this.addFile(randomBytes(50_000));
  }

  async sql<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.server.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Digests of a schema: the plant, a stage, or a kept plant. */
  plant(schema = 'plant'): Promise<Plant> {
    return this.sql(async (client) => {
      const found: Record<string, string> = {};
      for (const { name } of await listTables(client, schema)) {
        const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
        const { rows } = await client.query(
          `SELECT count(*) || ' rows ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C"), ''))
                  AS digest FROM ${table} t`,
        );
        found[name] = rows[0].digest;
      }
      return found;
    });
  }

  async requestBackup(name: string): Promise<Job> {
    const input = { name, comment: '', includeFiles: true };
    return requestBackup(this.server, await may(this.server, 'backup.create'), input);
  }

  async requestStage(backupId: string): Promise<{ restore: Restore; job: Job }> {
    return requestStage(this.server, await may(this.server, 'backup.restore'), backupId);
  }

  async requestRestoreTest(backupId: string): Promise<Job> {
    return requestTest(this.server, await may(this.server, 'backup.create'), backupId);
  }

  async requestCompare(backup: Backup): Promise<{ id: string; job: Job }> {
    const permit = await permitCompare(this.server, localActor('Ana'));
    const { compare, job } = await requestCompare(this.server, permit, { from: backup.id });
    return { id: compare.id, job };
  }

  /** Asks for what the compared backup has and the plant lacks. */
  async requestBringBack(compareId: string): Promise<{ changeSet: ChangeSet; job: Job }> {
    const by = await may(this.server, 'backup.restore');
    return requestBringBack(this.server, by, compareId, { selection: { filter: {} } });
  }

  /** Makes a backup without any fault. */
  async backup(name: string): Promise<Backup> {
    const { id } = await this.requestBackup(name);
    await this.settle();
    const job = await this.job(id);
    const { backupId } = (job.result ?? {}) as { backupId?: string };
    if (!backupId) throw new Error(`No backup: ${job.status} ${JSON.stringify(job.error)}`);
    return this.server.vault.backup.findUniqueOrThrow({ where: { id: backupId } });
  }

  /** Makes a stage without any fault. */
  async stage(backup: Backup): Promise<Restore> {
    const { restore, job } = await this.requestStage(backup.id);
    await this.settle();
    const staged = await getRestore(this.server, restore.id);
    if (staged.status === 'STAGED') return staged;
    const { error } = await this.job(job.id);
    throw new Error(`No stage: ${staged.status} ${JSON.stringify(error)}`);
  }

  /** `server`: a faulty server instead of the world's own. */
  async apply(restore: Restore, server = this.server): Promise<Restore> {
    const confirmed = { confirmName: restore.backupName };
    return applyRestore(server, await may(this.server, 'backup.restore'), restore.id, confirmed);
  }

  async undo(restore: Restore, server = this.server): Promise<Restore> {
    return undoRestore(server, await may(this.server, 'backup.restore'), restore.id);
  }

  async delete(backup: Backup): Promise<void> {
    await deleteBackup(this.server, await may(this.server, 'backup.delete'), backup.id);
  }

  job(id: string): Promise<Job> {
    return this.server.vault.job.findUniqueOrThrow({ where: { id } });
  }

  /** Ends the leases of a dead worker now, instead of waiting for them to run out. */
  async expireLeases(): Promise<void> {
    await this.server.pool.query(
      `UPDATE vault.job SET lease_until = now() WHERE status = 'RUNNING'`,
    );
  }

  /** Runs a sound worker with its housekeeping until no work is left. */
  async settle(): Promise<void> {
    const worker = startWorker(this.server, { SWEEP: quickSweep });
    try {
      for (const deadline = Date.now() + RECOVERED_WITHIN_MS; ; await sleep(30)) {
        await this.#untilIdle(deadline);
        await housekeep(this.server);
        if (await this.#isIdle()) return;
      }
    } finally {
      await worker.stop();
    }
  }

  async #untilIdle(deadline: number): Promise<void> {
    while (!(await this.#isIdle())) {
      if (Date.now() > deadline) throw new Error(`Still busy: ${await this.#active()}`);
      await sleep(30);
    }
  }

  async #isIdle(): Promise<boolean> {
    return (await this.#active()).length === 0;
  }

  async #active(): Promise<string[]> {
    const jobs = await this.server.vault.job.findMany({
      where: { status: { in: ['QUEUED', 'RUNNING'] } },
    });
    return jobs.map(({ kind, status, phase }) => `${kind} ${status} ${phase}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers) await close();
  }
}
