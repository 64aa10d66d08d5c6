import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { readConfig } from '#config';
import { requestBackup } from '#services/backups/create-backup.ts';
import { localActor, permitInPerson } from '#services/permit.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { openServer, type Server } from '#services/server.ts';
import { runWorker } from '#worker/run-worker.ts';
import type { BenchOptions } from './bench.ts';

export const name = 'swap';

const ROUNDS = 3;
const WRITERS = 8;
const LIMIT_MS = 100;
/** Writes this close to the swap count as affected by it. */
const AROUND_MS = 300;

interface Write {
  readonly begun: number;
  readonly ended: number;
}

/** Applies a restore while 8 clients write without a pause; measures the slowest write. */
export async function run({
  databaseUrl,
  log,
}: Pick<BenchOptions, 'databaseUrl' | 'log'>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-bench-'));
  const server = await openServer(
    readConfig({
      DATABASE_URL: databaseUrl,
      DATA_DIR: folder,
      SERVER_KEY: randomBytes(32).toString('hex'),
    }),
  );
  const stop = new AbortController();
  const working = runWorker(server, { signal: stop.signal });
  try {
    const backupId = await createBackup(server);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(server, backupId));
    report(rounds, log);
  } finally {
    stop.abort();
    await working;
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly pauseMs: number;
  readonly usualMs: number;
  readonly applyMs: number;
  readonly writes: number;
}

function report(rounds: readonly Round[], log: (line: string) => void): void {
  const list = (values: number[]) => values.map((value) => value.toFixed(0)).join(', ');
  const pauses = rounds.map((round) => round.pauseMs).sort((a, b) => a - b);
  const middle = pauses[pauses.length >> 1] ?? Number.NaN;
  log(
    `swap: slowest of ${WRITERS} writers while a restore is applied: median ${middle.toFixed(0)} ms (${list(pauses)}; at most ${LIMIT_MS})`,
  );
  log(`swap: slowest write without a swap (${list(rounds.map((round) => round.usualMs))}) ms`);
  log(
    `swap: applyRestore took (${list(rounds.map((round) => round.applyMs))}) ms, writes a round (${list(rounds.map((round) => round.writes))})`,
  );
}

async function createBackup(server: Server): Promise<string> {
  const permitted = await permitInPerson(server, localActor('bench'), 'backup.create');
  const input = { name: 'bench', comment: '', includeFiles: false };
  const job = await requestBackup(server, permitted, input);
  return ((await ended(server, job.id)).result as { backupId: string }).backupId;
}

async function ended(server: Server, id: string) {
  for (;;) {
    const job = await server.vault.job.findUniqueOrThrow({ where: { id } });
    if (job.endedAt && job.status !== 'SUCCEEDED')
      throw new Error(`${job.kind}: ${JSON.stringify(job.error)}`);
    if (job.endedAt) return job;
    await sleep(50);
  }
}

async function measure(server: Server, backupId: string): Promise<Round> {
  const permitted = await permitInPerson(server, localActor('bench'), 'backup.restore');
  const { restore, job } = await requestStage(server, permitted, backupId);
  await ended(server, job.id);
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => server.connect()));
  const writes: Write[] = [];
  let stop = false;
  const writing = writers.map((client, number) => write(client, number, writes, () => stop));
  await sleep(1_500);
  const begun = performance.now();
  await applyRestore(server, permitted, restore.id, { confirmName: 'bench' });
  const done = performance.now();
  await sleep(1_000);
  stop = true;
  await Promise.all(writing);
  await Promise.all(writers.map((client) => client.end()));
  const met = (one: Write) => one.ended > begun - AROUND_MS && one.begun < done + AROUND_MS;
  return {
    pauseMs: slowest(writes.filter(met)),
    usualMs: slowest(writes.filter((one) => one.ended < begun - AROUND_MS)),
    applyMs: done - begun,
    writes: writes.length,
  };
}

function slowest(writes: readonly Write[]): number {
  return writes.reduce((most, one) => Math.max(most, one.ended - one.begun), 0);
}

/** Inserts, updates and child rows, one after the other without a pause. */
async function write(
  client: pg.Client,
  number: number,
  writes: Write[],
  stopped: () => boolean,
): Promise<void> {
  for (let turn = 0; !stopped(); turn++) {
    const begun = performance.now();
    await client.query(statements[turn % statements.length] ?? '', [`${number}-${turn}`]);
    writes.push({ begun, ended: performance.now() });
  }
}

const somePole = '(SELECT id FROM plant.pole ORDER BY id DESC LIMIT 1)';
const statements = [
  `INSERT INTO plant.pole (id, project_id, name, lat, lng)
   SELECT gen_random_uuid(), id, $1::text, 0, 0 FROM plant.project LIMIT 1`,
  `UPDATE plant.pole SET name = $1::text WHERE id = (SELECT id FROM plant.pole WHERE id > gen_random_uuid() ORDER BY id LIMIT 1)`,
  `INSERT INTO plant.post (id, pole_id, title) SELECT gen_random_uuid(), ${somePole}, $1::text`,
];
