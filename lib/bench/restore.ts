import { execFile, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { createBackup } from '#engine/backup/create.ts';
import type { FileContents } from '#engine/ports.ts';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { deriveKeys } from '#engine/sealing/keys.ts';
import { openDiskStore } from '#engine/store/disk-store.ts';
import { RUN } from '#launcher/root.ts';
import { WORKER_ENV, WORKER_FLAGS } from '#launcher/worker-memory.ts';
import { currentStructure } from '#prisma/migrate.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { BenchOptions } from './bench.ts';
import { openDatabase } from './database.ts';
import type { StageDone, StageToDo } from './restore-child.ts';

export const name = 'restore';

const ROUNDS = 3;
const STAGE = 'plant_stage_be';

type Options = Pick<BenchOptions, 'databaseUrl' | 'pgBin' | 'log'>;

/** Stages a backup side by side with `pg_restore -j2`, which skips ANALYZE; medians of three rounds. */
export async function run(options: Options): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-restore-'));
  const stager = startStager();
  try {
    const work = await createOnce(options.databaseUrl, path.join(folder, 'vault'), null);
    const dump = await dumpOnce(options, path.join(folder, 'dump'));
    const ours: StageDone[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await stager.stage(work));
      await dropWithin(() => connect(options.databaseUrl), STAGE, 10_000);
      if (dump && options.pgBin)
        theirs.push(await restore(options.databaseUrl, options.pgBin, dump));
    }
    report(options, ours, theirs);
  } finally {
    await stager.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function report({ log }: Options, ours: readonly StageDone[], theirs: readonly number[]): void {
  const [first] = ours;
  const times = ours.map(({ seconds }) => seconds);
  const megabytes = (first?.bytes ?? 0) / 1e6;
  log(
    `restore: stage of ${first?.rows} rows, ${megabytes.toFixed(0)} MB of COPY text: ${list(times)}`,
  );
  const peak = Math.max(...ours.map(({ peakRssBytes }) => peakRssBytes)) / 1e6;
  log(`restore: memory at most ${peak.toFixed(0)} MB (at most 300)`);
  if (theirs.length === 0) {
    log('restore: no pg_restore that fits the server, so no ratio');
    return;
  }
  const ratio = median(times) / median(theirs);
  log(`restore: pg_restore -j2 ${list(theirs)}; ratio ${ratio.toFixed(2)} (at most 1.0)`);
}

function list(seconds: readonly number[]): string {
  return `${median(seconds).toFixed(2)} s (${seconds.map((one) => one.toFixed(2)).join(', ')})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

function startStager() {
  const child = fork(RUN, ['lib/bench/restore-child.ts'], {
    execArgv: WORKER_FLAGS,
    env: { ...process.env, ...WORKER_ENV },
  });
  return {
    async stage(work: StageToDo): Promise<StageDone> {
      child.send(work);
      const [done] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
      if (typeof done === 'object' && done) return done as StageDone;
      throw new Error('The process that stages died');
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

export async function createOnce(
  databaseUrl: string,
  store: string,
  files: FileContents | null,
): Promise<StageToDo> {
  const serverKey = randomBytes(32);
  const keys = deriveKeys(serverKey);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  try {
    const { manifestObject } = await createBackup({
      connect: () => connect(databaseUrl),
      schema: 'plant',
      store: await openDiskStore(store),
      reserveBytes: 0,
      keys,
      index: openChunkIndex(pool, randomUUID()),
      files,
      previous: null,
      previousWithFiles: null,
      metadata: metadataOf(keys.serverId, files !== null),
      structure: await currentStructure('plant'),
      fencingToken: 1n,
      report: () => {},
      signal: new AbortController().signal,
    });
    return {
      databaseUrl,
      store,
      serverKey: serverKey.toString('hex'),
      manifestObject,
      schema: STAGE,
    };
  } finally {
    await pool.end();
  }
}

function metadataOf(serverId: string, includesFiles: boolean) {
  return {
    backupId: randomUUID(),
    serverId,
    name: 'bench',
    givenName: null,
    comment: '',
    author: { kind: 'PERSON' as const, id: null, name: 'bench' },
    kind: 'MANUAL' as const,
    createdAt: new Date().toISOString(),
    scheduledFor: null,
    includesFiles,
  };
}

async function dumpOnce({ pgBin, databaseUrl }: Options, folder: string): Promise<string | null> {
  if (!pgBin) return null;
  const settings = ['-Fd', '-j2', '-Z1', '-n', 'plant', '-f', folder, databaseUrl];
  await promisify(execFile)(path.join(pgBin, 'pg_dump'), settings);
  return folder;
}

/** Seconds that `pg_restore -j2` takes into an empty database. */
async function restore(serverUrl: string, pgBin: string, dump: string): Promise<number> {
  await using target = await openDatabase(serverUrl);
  const begun = performance.now();
  await promisify(execFile)(path.join(pgBin, 'pg_restore'), ['-j2', '-d', target.url, dump]);
  return (performance.now() - begun) / 1000;
}
