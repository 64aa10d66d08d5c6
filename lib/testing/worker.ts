import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '#generated/vault/client.ts';
import type { Server } from '#services/server.ts';
import { type JobHandlers, jobHandlers } from '#worker/handlers.ts';
import { runWorker } from '#worker/run-worker.ts';

const PATIENCE_MS = 30_000;

/** A worker in the test's own process. */
export interface TestWorker {
  read(jobId: string): Promise<Job>;
  /** The job once `wanted` is true of it; throws when that takes longer than half a minute. */
  until(jobId: string, wanted: (now: Job) => boolean): Promise<Job>;
  /** The job once it has ended, in whatever way. */
  ended(jobId: string): Promise<Job>;
  stop(): Promise<void>;
}

/** `handlers`: instead of the real ones, for the kinds given. */
export function startWorker(server: Server, handlers: JobHandlers = {}): TestWorker {
  const stopping = new AbortController();
  const running = runWorker(server, {
    signal: stopping.signal,
    handlers: { ...jobHandlers, ...handlers },
  });
  const read = (id: string) => server.vault.job.findUniqueOrThrow({ where: { id } });
  const until: TestWorker['until'] = async (jobId, wanted) => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const now = await read(jobId);
      if (wanted(now)) return now;
      if (Date.now() > deadline)
        throw new Error(`The ${now.kind} is still ${now.status}, ${now.phase}`);
      await sleep(30);
    }
  };
  return {
    read,
    until,
    ended: (jobId) => until(jobId, (now) => now.endedAt !== null),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
