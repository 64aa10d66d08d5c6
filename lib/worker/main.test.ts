import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readManifest, readTable } from '#engine/backup/read.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { RUN } from '#launcher/root.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { localActor, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const ROWS = 60_000;

let opened: TestServer;
let server: Server;
let processes: ChildProcess[];

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  processes = [];
});

afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  await opened[Symbol.asyncDispose]();
});

function startProcess(): ChildProcess {
  const worker = spawn(process.execPath, [RUN, main], {
    env: { ...process.env, ...opened.env },
    stdio: 'inherit',
  });
  processes.push(worker);
  return worker;
}

async function request(): Promise<Job> {
  const mayCreate = await permit(server, localActor('Ana'), 'backup.create');
  return requestBackup(server, mayCreate, { name: 'n', comment: '', includeFiles: true });
}

async function until(job: Job, wanted: (now: Job) => boolean): Promise<Job> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const now = await server.vault.job.findUniqueOrThrow({ where: { id: job.id } });
    if (wanted(now)) return now;
    if (Date.now() > deadline) throw new Error(`The job is still ${now.status}, ${now.phase}`);
    await sleep(20);
  }
}

const ended = (now: Job) => now.endedAt !== null;

async function fillPlant(): Promise<void> {
  await server.pool.query(
    `INSERT INTO plant.project (id, name, description)
     SELECT gen_random_uuid(), 'Project ' || n, repeat(md5(n::text), 30) FROM generate_series(1, ${ROWS}) AS n`,
  );
}

async function rowsIn(backup: Backup): Promise<number> {
  const manifest = await readManifest(server.store, server.keys, backup.manifestObject);
  const table = manifest.tables.find(({ name }) => name === 'project');
  if (!table) throw new Error('no table of projects');
  let rows = 0;
  for await (const piece of readTable(server.store, server.keys, table))
    for (const byte of piece) if (byte === 0x0a) rows++;
  return rows;
}

test('the worker process makes a backup and ends in order when it is told to', async () => {
  const worker = startProcess();
  const job = await until(await request(), ended);
  expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  worker.kill('SIGTERM');
  const [code] = await once(worker, 'exit');
  expect(code).toBe(0);
});

test('a backup whose workers are killed in the middle is made by the next one, once', async () => {
  await fillPlant();
  const job = await request();
  for (const attempt of [1, 2]) {
    const worker = startProcess();
    await until(job, (now) => now.status === 'RUNNING' && now.attempts === attempt);
    await sleep(Math.random() * 50);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    // The lease would run out in seconds; the test does not wait for it.
    await server.pool.query(
      "UPDATE vault.job SET lease_until = now() WHERE id = $1 AND status = 'RUNNING'",
      [job.id],
    );
  }
  startProcess();
  const end = await until(job, ended);
  expect(end, JSON.stringify(end.error)).toMatchObject({ status: 'SUCCEEDED', attempts: 3 });
  const backups = await server.vault.backup.findMany();
  expect(backups).toHaveLength(1);
  for (const backup of backups) expect(await rowsIn(backup)).toBe(ROWS);
  expect(await server.vault.chunkPin.count()).toBe(0);
});
