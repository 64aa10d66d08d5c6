import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { RUN } from '#launcher/root.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { sweepJob } from '#services/backups/sweep-chunks.ts';
import { localActor } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { saidIn } from '#testing/failures.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { type JobRuns, runWorker } from './run-worker.ts';

const fixture = fileURLToPath(new URL('./work.fixture.ts', import.meta.url));
const requestedBy = { ...localActor('Ana'), address: '127.0.0.1' };

let opened: TestServer;
let server: Server;
let processes: ChildProcess[];

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  processes = [];
  await server.pool.query(
    'CREATE TABLE work_log (at timestamptz DEFAULT clock_timestamp(), job_id uuid, what text, pid int)',
  );
});

afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  await opened[Symbol.asyncDispose]();
});

function startProcess(env: Record<string, string>): ChildProcess {
  const worker = spawn(process.execPath, [RUN, fixture], {
    env: { ...process.env, ...opened.env, ...env },
    stdio: 'inherit',
  });
  processes.push(worker);
  return worker;
}

/** Fails a test that hangs; no test waits this long. */
const WITHIN_MS = 120_000;

const enqueue = () => enqueueJob(server.vault, sweepJob, { input: {}, requestedBy });
const read = (job: Job) => server.vault.job.findUniqueOrThrow({ where: { id: job.id } });

async function until(job: Job, wanted: (now: Job) => boolean): Promise<Job> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const now = await read(job);
    if (wanted(now)) return now;
    if (Date.now() > deadline) throw new Error(`The job is still ${now.status}, ${now.phase}`);
    await sleep(50);
  }
}

const ended = (now: Job) => now.endedAt !== null;
const working = (now: Job) => now.phase === 'working';

async function logOf(job: Job): Promise<{ what: string; pid: number }[]> {
  const { rows } = await server.pool.query(
    'SELECT what, pid FROM work_log WHERE job_id = $1 ORDER BY at',
    [job.id],
  );
  return rows;
}

describe('worker processes', () => {
  test('never run one job twice, however many there are', async () => {
    const jobs = await Promise.all(Array.from({ length: 40 }, enqueue));
    for (let i = 0; i < 3; i++) startProcess({ WORK_MS: '10' });
    for (const job of jobs) await until(job, ended);
    for (const job of jobs)
      expect((await logOf(job)).map(({ what }) => what)).toEqual(['begun', 'committed']);
    const workers = async () => {
      const { rows } = await server.pool.query('SELECT count(DISTINCT pid) AS n FROM work_log');
      return Number(rows[0].n);
    };
    // The first worker that started may have done all of them.
    while ((await workers()) < 2) await until(await enqueue(), ended);
  });

  test('finish the job of a worker that was killed in the middle, within seconds', async () => {
    const killed = startProcess({ WORK_MS: '60000' });
    const job = await enqueue();
    await until(job, working);
    killed.kill('SIGKILL');
    startProcess({ WORK_MS: '10' });
    const end = await until(job, ended);
    expect(end).toMatchObject({ status: 'SUCCEEDED', attempts: 2, fencingToken: 2n });
  });

  test('fail a job as WORKER_LOST that killed its worker three times', async () => {
    const job = await enqueue();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const worker = startProcess({ WORK_MODE: 'crash' });
      await once(worker, 'exit');
      await server.pool.query('UPDATE vault.job SET lease_until = now() WHERE id = $1', [job.id]);
    }
    startProcess({ WORK_MS: '10' });
    const end = await until(job, ended);
    expect(end).toMatchObject({ status: 'FAILED', error: { code: 'WORKER_LOST' }, attempts: 3 });
    expect(saidIn(end.error).hint).not.toBe('');
    expect(await logOf(job)).toHaveLength(3);
  });

  test('commit nothing after they stood still past their lease', async () => {
    const paused = startProcess({ WORK_MS: '3000' });
    const job = await enqueue();
    await until(job, working);
    paused.kill('SIGSTOP');
    const second = startProcess({ WORK_MS: '3000' });
    await until(job, (now) => now.attempts === 2 && working(now));
    paused.kill('SIGCONT');
    const end = await until(job, ended);
    await sleep(3_500);
    expect(end.status).toBe('SUCCEEDED');
    const commits = (await logOf(job)).filter(({ what }) => what === 'committed');
    expect(commits).toEqual([{ what: 'committed', pid: second.pid }]);
  });

  test('put their job back when they are asked to stop, and it counts as no attempt', async () => {
    const worker = startProcess({ WORK_MS: '60000' });
    const job = await enqueue();
    await until(job, working);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
    expect(await read(job)).toMatchObject({ status: 'QUEUED', attempts: 0, workerId: null });
  });

  test('write their progress, which others read later', async () => {
    startProcess({ WORK_MS: '60000' });
    const job = await enqueue();
    const some = await until(job, (now) => now.progressDone > 0n);
    expect(some).toMatchObject({ phase: 'working', progressTotal: 60000n, progressUnit: 'steps' });
    const more = await until(job, (now) => now.progressDone > some.progressDone);
    expect(more.status).toBe('RUNNING');
  });
});

describe('a worker in this process', () => {
  async function withWorker(runs: JobRuns, body: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const worker = runWorker(server, { signal: stop.signal, runs });
    try {
      await body();
    } finally {
      stop.abort();
      await worker;
    }
  }

  const waitForEver = async (_: Server, run: JobRun) => {
    run.report('working', 0, 0, 'steps');
    await sleep(60_000, undefined, { signal: run.signal });
  };

  test('starts a job at once when it is queued, and stops it at once when it is cancelled', async () => {
    await withWorker({ SWEEP: waitForEver }, async () => {
      const job = await enqueue();
      await until(job, working);
      await cancelJob(server, localActor('command line'), job.id);
      const end = await until(job, ended);
      expect(end).toMatchObject({ status: 'CANCELLED', error: null, result: null });
    });
  });

  test('fails a job with the code, message and hint of what went wrong, and drops its holds', async () => {
    const failing = async (_: Server, run: JobRun) => {
      await server.vault.chunkPin.create({
        data: { jobId: run.job.id, id: Buffer.alloc(32), generation: 1n },
      });
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await withWorker({ SWEEP: failing }, async () => {
      const job = await enqueue();
      const end = await until(job, ended);
      expect(end).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' }, workerId: null });
      expect(saidIn(end.error).hint).toContain('Free some space');
      expect(await server.vault.chunkPin.count()).toBe(0);
      const audit = await server.vault.auditEvent.findFirstOrThrow();
      expect(audit).toMatchObject({ action: 'backup.sweep', outcome: 'FAILED', actorName: 'Ana' });
    });
  });

  test('tries a job again whose database connection broke, and goes on', async () => {
    let tries = 0;
    const breaking = async (_: Server, run: JobRun) => {
      tries++;
      if (tries > 1) return run.commit({}, async () => {});
      await server.pool.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()',
      );
    };
    await withWorker({ SWEEP: breaking }, async () => {
      const job = await enqueue();
      // The test's own connections were broken too.
      await expect.poll(() => read(job)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    });
  });

  test('changes nothing when the job was cancelled just before its commit', async () => {
    const late = async (_: Server, run: JobRun) => {
      await server.vault.job.update({
        where: { id: run.job.id },
        data: { cancelRequestedAt: new Date() },
      });
      await run.commit({}, async (tx) => {
        await tx.plantState.update({ where: { id: 1 }, data: { epoch: 77n } });
      });
    };
    await withWorker({ SWEEP: late }, async () => {
      const job = await enqueue();
      expect(await until(job, ended)).toMatchObject({ status: 'CANCELLED' });
      const state = await server.vault.plantState.findUniqueOrThrow({ where: { id: 1 } });
      expect(state.epoch).toBe(1n);
    });
  });
});

test('a queued job is cancelled without any worker, and a second cancelling is refused', async () => {
  const job = await enqueue();
  const cancelled = await cancelJob(server, localActor('command line'), job.id);
  expect(cancelled.status).toBe('CANCELLED');
  await expect(cancelJob(server, localActor('command line'), job.id)).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test('a dead worker’s job does not wait for a lease that is long only because the clock was set back', async () => {
  const anHourAhead = { status: 'RUNNING', leaseUntil: new Date(Date.now() + 3_600_000) };
  const again = await enqueue();
  await server.vault.job.update({ where: { id: again.id }, data: { ...anHourAhead, attempts: 1 } });
  const given = await enqueue();
  await server.vault.job.update({ where: { id: given.id }, data: { ...anHourAhead, attempts: 3 } });
  const stop = new AbortController();
  const worker = runWorker(server, {
    signal: stop.signal,
    runs: { SWEEP: (_, run) => run.commit({}, async () => {}) },
  });
  expect(await until(again, ended)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
  expect(await until(given, ended)).toMatchObject({ error: { code: 'WORKER_LOST' } });
  stop.abort();
  await worker;
});

test('a row that no worker can read does not keep other jobs from being done', async () => {
  const abandoned = { status: 'RUNNING', attempts: 3, leaseUntil: new Date(0), fencingToken: 3n };
  const strange = await enqueue();
  const ofTomorrow = { ...abandoned, kind: 'OF_TOMORROW' };
  await server.vault.job.update({ where: { id: strange.id }, data: ofTomorrow });
  const broken = await enqueue();
  const stage = { ...abandoned, kind: 'STAGE_RESTORE', input: ['?'] };
  await server.vault.job.update({ where: { id: broken.id }, data: stage });
  const sound = await enqueue();
  const stop = new AbortController();
  const worker = runWorker(server, {
    signal: stop.signal,
    runs: { SWEEP: (_, run) => run.commit({}, async () => {}) },
  });
  expect(await until(sound, ended)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await until(broken, ended)).toMatchObject({ error: { code: 'WORKER_LOST' } });
  expect(await read(strange)).toMatchObject({ status: 'RUNNING' });
  stop.abort();
  await worker;
});
