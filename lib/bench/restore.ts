import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { currentStructure, migrate } from '../../prisma/migrate.ts';
import { openDiskStore } from '../engine/chunks/disk-store.ts';
import { createBackup } from '../engine/create-backup.ts';
import { deriveKeys } from '../engine/keys.ts';
import { dropWithin } from '../engine/postgres/side-schema.ts';
import { stageBackup } from '../engine/stage.ts';
import type { Manifest } from '../engine/types.ts';
import { openChunkIndex } from '../vault/chunk-index.ts';
import { openDatabase } from './database.ts';
import { fillPlant } from './plant.ts';

export const name = 'restore';

export interface BenchOptions {
  readonly databaseUrl: string;
  /** Folder of pg_dump and pg_restore; null: not installed, no ratio is printed. */
  readonly pgBin: string | null;
  log(line: string): void;
}

const ROUNDS = 3;
const SIZE = { poles: 400_000, clients: 400_000, posts: 400_000 };
const STAGE = 'plant_stage_be';

/** Stages a backup of some hundred MB of COPY text, side by side with `pg_restore -j2`; medians of 3. */
export async function run(options: BenchOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rewind-bench-'));
  await using database = await openDatabase(options.databaseUrl);
  try {
    const lab = await prepare(database.url, folder);
    const dump = path.join(folder, 'dump');
    if (options.pgBin)
      await execute(options.pgBin, 'pg_dump', [
        '-Fd',
        '-j2',
        '-Z1',
        '-n',
        'plant',
        '-f',
        dump,
        database.url,
      ]);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await timed(() => lab.stage()));
      await dropWithin(lab.connect, STAGE, 10_000);
      if (options.pgBin) theirs.push(await restore(options.databaseUrl, options.pgBin, dump));
    }
    report(options, lab.manifest, ours, theirs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(options: BenchOptions, manifest: Manifest, ours: number[], theirs: number[]): void {
  const megabytes = manifest.tables.reduce((sum, table) => sum + table.bytes, 0) / 1e6;
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  options.log(
    `restore: stage of ${rows} rows, ${megabytes.toFixed(0)} MB of COPY text: ${seconds(ours)}`,
  );
  options.log(`restore: RSS at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
  if (theirs.length === 0) {
    options.log('restore: pg_restore is not installed, no ratio');
    return;
  }
  const ratio = median(ours) / median(theirs);
  options.log(
    `restore: pg_restore -j2 ${seconds(theirs)}; ratio ${ratio.toFixed(2)} (at most 1.0)`,
  );
}

function seconds(times: number[]): string {
  return `${(median(times) / 1000).toFixed(2)} s (${times.map((ms) => (ms / 1000).toFixed(2)).join(', ')})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function prepare(databaseUrl: string, folder: string) {
  await migrate(databaseUrl, 'vault');
  await migrate(databaseUrl, 'plant');
  const connect = async () => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return client;
  };
  const client = await connect();
  await fillPlant(client, SIZE);
  const jobId = randomUUID();
  await client.query(
    `INSERT INTO vault.job (id, kind, status, input, requested_by_name) VALUES ($1, 'CREATE_BACKUP', 'RUNNING', '{}', 'bench')`,
    [jobId],
  );
  await client.end();
  const [store, keys] = [
    await openDiskStore(path.join(folder, 'vault')),
    deriveKeys(randomBytes(32)),
  ];
  const structure = await currentStructure('plant');
  const signal = new AbortController().signal;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const { manifest } = await createBackup({
    connect,
    schema: 'plant',
    store,
    keys,
    index: openChunkIndex(pool, jobId),
    files: null,
    previous: null,
    previousWithFiles: null,
    metadata: {
      backupId: randomUUID(),
      serverId: keys.serverId,
      name: 'bench',
      comment: '',
      author: { id: null, name: 'bench' },
      kind: 'MANUAL',
      createdAt: new Date().toISOString(),
      scheduledFor: null,
      includesFiles: false,
    },
    structure,
    fencingToken: 1n,
    report: () => {},
    signal,
  });
  await pool.end();
  const stage = () =>
    stageBackup({
      connect,
      schema: STAGE,
      manifest,
      store,
      keys,
      structure,
      migrate: async (schema, through) =>
        void (await migrate(databaseUrl, 'plant', schema, through)),
      report: () => {},
      signal,
    });
  return { connect, manifest, stage };
}

async function restore(databaseUrl: string, pgBin: string, dump: string): Promise<number> {
  await using target = await openDatabase(databaseUrl);
  return await timed(() => execute(pgBin, 'pg_restore', ['-j2', '-d', target.url, dump]));
}

async function execute(folder: string, program: string, args: string[]): Promise<void> {
  const child = spawn(path.join(folder, program), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}
