/** Compares, brings back and stages for the bench `compare`, in a process of its own, so that its memory can be measured. */
import { randomBytes } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '#config';
import type { Backup, Job } from '#generated/vault/client.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { requestBringBack } from '#services/bring-back/bring-back.ts';
import { listChanges } from '#services/compare/compare-queries.ts';
import { type Compare, findCompareRow } from '#services/compare/compare-rows.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { type Action, localActor, permitInPerson } from '#services/permit.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { openServer, type Server } from '#services/server.ts';
import { claimVault } from '#services/vault-store/claim-vault.ts';
import { startWorker } from '#testing/worker.ts';
import { serveStep } from './in-child.ts';

export interface ComparesToDo {
  readonly kind: 'compare';
  readonly databaseUrl: string;
  readonly filesFolder: string;
  /** Empty. */
  readonly dataDir: string;
  readonly rounds: number;
  /** Rows of clients that are deleted and brought back at once. */
  readonly many: number;
}

/** Seconds each. */
export interface ComparesDone {
  /** A backup after 1% of the rows changed. */
  readonly nights: readonly number[];
  /** That backup compared with the one before, until the first page of changes is read. */
  readonly compares: readonly number[];
  readonly differing: number;
  /** The same after 1% changed in one place. */
  readonly clustered: number;
  /** A compare with now after another 1%: the backup of now and the compare. */
  readonly withNow: number;
  readonly stage: number;
  readonly one: readonly number[];
  readonly many: number;
  readonly peakRssBytes: number;
}

serveStep(async ({ databaseUrl, filesFolder, dataDir, rounds, many }: ComparesToDo) => {
  await mkdir(dataDir, { recursive: true });
  await symlink(filesFolder, path.join(dataDir, 'files'));
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const server = await openServer(
    readConfig({ ...env, SERVER_KEY: randomBytes(32).toString('hex') }),
  );
  await claimVault(server);
  const worker = startWorker(server);
  try {
    return await new Runs(server).measure(rounds, many);
  } finally {
    await worker.stop();
    await server.close();
  }
});

class Runs {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  async measure(rounds: number, many: number) {
    const first = await this.#backup('First');
    const broughtBack = await this.#bringBack(first, rounds, many);
    const nights: number[] = [];
    const compares: number[] = [];
    let differing = 0;
    let before = await this.#backup('Before');
    for (let round = 0; round < rounds; round++) {
      await this.#touch(() => atRandom(round));
      const begun = performance.now();
      const night = await this.#backup(`Night ${round}`);
      nights.push(since(begun));
      await this.#settled();
      const compared = await this.#compare(before, night);
      compares.push(compared.seconds);
      differing = compared.changes;
      before = night;
    }
    await this.#touch(({ blocks }) => `ctid < '(${Math.max(1, Math.floor(blocks / 100))},0)'`);
    const inOnePlace = await this.#backup('In one place');
    await this.#settled();
    const { seconds: clustered } = await this.#compare(before, inOnePlace);
    await this.#touch(() => atRandom(rounds));
    const { seconds: withNow } = await this.#compare(inOnePlace, null);
    const stage = await this.#stage(inOnePlace);
    return { nights, compares, differing, clustered, withNow, stage, ...broughtBack };
  }

  async #bringBack(from: Backup, rounds: number, many: number) {
    const one: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await this.#deleteClients(1);
      one.push(await this.#deletedBack(from));
    }
    await this.#deleteClients(many);
    return { one, many: await this.#deletedBack(from) };
  }

  /** Seconds from the request until all that the backup has and the network lacks is back. */
  async #deletedBack(from: Backup): Promise<number> {
    const { compare } = await this.#compare(from, null);
    const by = await this.#may('backup.restore');
    const begun = performance.now();
    const input = { selection: { filter: { kinds: ['REMOVED' as const] } } };
    const { job } = await requestBringBack(this.#server, by, compare.id, input);
    await this.#ended(job);
    const seconds = since(begun);
    await this.#settled();
    return seconds;
  }

  async #compare(from: Backup, to: Backup | null) {
    const permit = await permitCompare(this.#server, localActor('Bench'));
    const begun = performance.now();
    const asked = await requestCompare(this.#server, permit, { from: from.id, to: to?.id });
    await this.#ended(asked.job);
    const compare = await this.#read(asked.compare.id);
    const page = await listChanges(this.#server, permit, compare, { first: 50 });
    return { compare, seconds: since(begun), changes: page?.totalCount ?? 0 };
  }

  async #read(id: string): Promise<Compare> {
    const compare = await findCompareRow(this.#server.vault, id);
    if (!compare) throw new Error('The compare is gone');
    return compare;
  }

  async #backup(name: string): Promise<Backup> {
    const input = { name, comment: '', includeFiles: true };
    const job = await requestBackup(this.#server, await this.#may('backup.create'), input);
    const { result } = await this.#ended(job);
    const { backupId: id } = result as { backupId: string };
    return this.#server.vault.backup.findUniqueOrThrow({ where: { id } });
  }

  async #stage(backup: Backup): Promise<number> {
    const begun = performance.now();
    const permit = await this.#may('backup.restore');
    const { job } = await requestStage(this.#server, permit, backup.id);
    await this.#ended(job);
    return since(begun);
  }

  #may<A extends Action>(action: A) {
    return permitInPerson(this.#server, localActor('Bench'), action);
  }

  async #ended({ id }: Job): Promise<Job> {
    for (;;) {
      const job = await this.#server.vault.job.findUniqueOrThrow({ where: { id } });
      if (job.endedAt === null) await sleep(5);
      else if (job.status === 'SUCCEEDED') return job;
      else throw new Error(`${job.kind} ${job.status}: ${JSON.stringify(job.error)}`);
    }
  }

  /** Waits for what the last backup left to do. */
  async #settled(): Promise<void> {
    while ((await this.#server.vault.job.count({ where: { endedAt: null } })) > 0) await sleep(50);
  }

  async #deleteClients(count: number): Promise<void> {
    await this.#server.pool.query(
      'DELETE FROM plant.client WHERE id IN (SELECT id FROM plant.client ORDER BY md5(id::text) LIMIT $1)',
      [count],
    );
  }

  /** Updates the rows of every table that records its changes for which this is true. */
  async #touch(where: (table: { readonly blocks: number }) => string): Promise<void> {
    const { rows } = await this.#server.pool.query<{ name: string; blocks: number }>(
      `SELECT quote_ident(c.relname) AS name, (pg_relation_size(c.oid) / 8192)::int AS blocks
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('id', 'updated_at')
        WHERE c.relnamespace = 'plant'::regnamespace AND c.relkind = 'r'
        GROUP BY c.oid, c.relname HAVING count(*) = 2`,
    );
    for (const table of rows)
      await this.#server.pool.query(
        `UPDATE plant.${table.name} SET updated_at = updated_at + interval '1 second' WHERE ${where(table)}`,
      );
  }
}

/** One row of a hundred. */
function atRandom(seed: number): string {
  return `abs(hashtextextended(id::text, ${seed})) % 100 = 0`;
}

function since(begun: number): number {
  return (performance.now() - begun) / 1000;
}
