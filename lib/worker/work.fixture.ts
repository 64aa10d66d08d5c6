import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '#config';
import type { JobRun } from '#jobs/kinds.ts';
import { openServer, type Server } from '#services/server.ts';
import { runWorker } from './run-worker.ts';

/**
 * A worker process for tests. Every job writes a line when it begins, works for WORK_MS while it reports
 * progress, and writes another line in its commit. WORK_MODE `crash` exits in mid-job.
 */
const workMs = Number(process.env.WORK_MS ?? 200);
const crashes = process.env.WORK_MODE === 'crash';

async function work(server: Server, run: JobRun): Promise<void> {
  await note(server, run, 'begun');
  const until = Date.now() + workMs;
  while (Date.now() < until) {
    run.report('working', workMs - (until - Date.now()), workMs, 'steps');
    await sleep(20, undefined, { signal: run.signal });
    if (crashes) process.kill(process.pid, 'SIGKILL');
  }
  await run.commit({ by: String(process.pid) }, async (tx) => {
    await tx.$executeRaw`INSERT INTO work_log (job_id, what, pid) VALUES (${run.job.id}::uuid, 'committed', ${process.pid})`;
  });
}

async function note(server: Server, run: JobRun, what: string): Promise<void> {
  await server.pool.query('INSERT INTO work_log (job_id, what, pid) VALUES ($1, $2, $3)', [
    run.job.id,
    what,
    process.pid,
  ]);
}

const server = await openServer(readConfig());
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runWorker(server, { signal: stop.signal, runs: { SWEEP: work, SAMPLE: work } });
await server.close();
process.exit(0);
