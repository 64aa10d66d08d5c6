import { setTimeout as sleep } from 'node:timers/promises';
import { listJobs } from '#services/activity/job-queries.ts';
import { systemActor } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { runWorker } from '#worker/run-worker.ts';

/** A worker in this process. */
export interface OwnWorker {
  /** Stops when no job is due, or at once when `signal` aborts. */
  finish(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 100;

/** Starts a worker for the jobs of `server`, including those already queued. */
export function runAlone(server: Server): OwnWorker {
  const stop = new AbortController();
  const worker = runWorker(server, { signal: stop.signal });
  return {
    async finish(signal) {
      // A restore queues a SAFETY backup and a deletion queues a sweep: no other worker would do them.
      while (!signal.aborted && (await isWorkDue(server))) await sleep(LOOK_MS);
      stop.abort();
      await worker;
    },
  };
}

async function isWorkDue(server: Server): Promise<boolean> {
  const { items } = await listJobs(server, systemActor, {
    active: true,
    first: 200,
  });
  return items.some((job) => job.status === 'RUNNING' || job.notBefore <= new Date());
}
