import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '#generated/vault/client.ts';
import type { JobKind, JobRun } from '#jobs/kinds.ts';
import { type JobKindName, jobKinds } from '#services/job-kinds.ts';
import type { Server } from '#services/server.ts';
import { type JobRuns, runWorker } from '#worker/run-worker.ts';

const PATIENCE_MS = 30_000;

/** A worker in the test's own process. */
export interface TestWorker {
  read(jobId: string): Promise<Job>;
  /** The job once `wanted` is true for it. Throws after half a minute. */
  until(jobId: string, wanted: (now: Job) => boolean): Promise<Job>;
  /** The job once it has ended, successfully or not. */
  ended(jobId: string): Promise<Job>;
  stop(): Promise<void>;
}

/** A run of a job as a worker would make it, without a lease; by default it reports to nobody. */
export function testRun<Input>(
  kind: Pick<JobKind<Input>, 'input'>,
  job: Job,
  given: Pick<JobRun, 'commit'> & Partial<JobRun>,
): JobRun<Input> {
  return {
    job,
    signal: new AbortController().signal,
    report: () => {},
    ...given,
    input: kind.input.parse(job.input),
  };
}

/** What runs the jobs of every kind. */
export const allRuns = Object.fromEntries(
  Object.entries(jobKinds).map(([kind, { run }]) => [kind, run]),
) as { readonly [Kind in JobKindName]: (typeof jobKinds)[Kind]['run'] };

/** `runs` replaces the real ones for the kinds given. */
export function startWorker(server: Server, runs: JobRuns = {}): TestWorker {
  const stopping = new AbortController();
  const running = runWorker(server, {
    signal: stopping.signal,
    runs: { ...allRuns, ...runs },
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
