import { setTimeout as sleep } from 'node:timers/promises';
import { listJobs } from '#services/activity/job-queries.ts';
import { systemActor } from '#services/permit.ts';
import type { Server } from '#services/server.ts';
import { runWorker } from '#worker/run-worker.ts';

/** A worker in this process. */
export interface OwnWorker {
  /** Ends it when nothing is due any more, or at once when `signal` aborts. */
  finish(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 100;

/** Begins to do the jobs of `server`, those that were waiting included. */
export function runAlone(server: Server): OwnWorker {
  const stop = new AbortController();
  const worker = runWorker(server, { signal: stop.signal });
  return {
    async finish(signal) {
      // Going back leaves a SAFETY backup to be made, deleting a sweep: nobody else would do them.
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
