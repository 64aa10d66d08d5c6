import { readConfig } from '#config';
import type { JobRun } from '#jobs/job-run.ts';
import { openServer, type Server } from '#services/server.ts';
import { type JobHandler, type JobHandlers, jobHandlers } from '#worker/handlers.ts';
import { runWorker } from '#worker/run-worker.ts';
import { quickSweep } from './world.ts';

/**
 * A worker process that kills itself at one step (DIE_AT): a phase that a job reports, `before commit` (all
 * written, nothing committed), `after commit`, or `second delete` of an object. With DIE_BY=SIGSTOP it stops
 * there instead, once, until it gets SIGCONT.
 */
const step = process.env.DIE_AT ?? '';

const signal = process.env.DIE_BY === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
let died = false;

function die(): void {
  if (died) return;
  died = true;
  process.kill(process.pid, signal);
}

function dying(handler: JobHandler): JobHandler {
  return (server, run) => handler(withDyingStore(server), dyingRun(run));
}

function dyingRun(run: JobRun): JobRun {
  return {
    ...run,
    report(phase, ...progress) {
      run.report(phase, ...progress);
      if (phase === step) die();
    },
    async commit(result, work) {
      await run.commit(result, async (tx) => {
        await work(tx);
        if (step === 'before commit') die();
      });
      if (step === 'after commit') die();
    },
  };
}

function withDyingStore(server: Server): Server {
  let deleted = 0;
  const remove = async (name: string) => {
    await server.store.delete(name);
    if (++deleted === 2 && step === 'second delete') die();
  };
  return { ...server, store: { ...server.store, delete: remove } };
}

const sound: JobHandlers = { ...jobHandlers, SWEEP: quickSweep };
const handlers = Object.fromEntries(
  Object.entries(sound).map(([kind, handler]) => [kind, dying(handler)]),
);
const server = await openServer(readConfig());
await runWorker(server, { signal: new AbortController().signal, handlers });
