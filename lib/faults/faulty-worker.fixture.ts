import { readConfig } from '#config';
import type { JobRun } from '#jobs/kinds.ts';
import { openServer, type Server } from '#services/server.ts';
import { allRuns } from '#testing/worker.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type RunJob, runWorker } from '#worker/run-worker.ts';
import { quickSweep } from './world.ts';

/**
 * A worker process that kills itself at one step (DIE_AT): a phase that a job reports, `before commit` (all
 * written, nothing committed), `after commit`, `statement N` of the commit (before the Nth raw one), or `second
 * delete` of an object. With DIE_BY=SIGSTOP it stops there instead, once, until it gets SIGCONT. PLANTED=ROWS_FIRST is
 * a bug to be caught: what a commit writes is committed before the job is, and the worker dies between.
 */
const step = process.env.DIE_AT ?? '';

const signal = process.env.DIE_BY === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL';
let died = false;

function die(): void {
  if (died) return;
  died = true;
  process.kill(process.pid, signal);
}

function dying(run: RunJob): RunJob {
  return (server, job) => run(withDyingStore(server), dyingRun(job));
}

function dyingRun(run: JobRun): JobRun {
  return {
    ...run,
    report(phase, ...progress) {
      run.report(phase, ...progress);
      if (phase === step) die();
    },
    async commit(result, work) {
      if (process.env.PLANTED === 'ROWS_FIRST') {
        await server.vault.$transaction(work, { timeout: 60_000 });
        die();
      }
      await run.commit(result, async (tx) => {
        await work(withDyingStatements(tx));
        if (step === 'before commit') die();
      });
      if (step === 'after commit') die();
    },
  };
}

function withDyingStatements(tx: VaultTransaction): VaultTransaction {
  const last = Number(/^statement (\d+)$/.exec(step)?.[1] ?? 0);
  let sent = 0;
  const query = (...given: Parameters<VaultTransaction['$queryRawUnsafe']>) => {
    if (++sent === last) die();
    return tx.$queryRawUnsafe(...given);
  };
  return new Proxy(tx, {
    get: (target, name) => (name === '$queryRawUnsafe' ? query : Reflect.get(target, name)),
  });
}

function withDyingStore(server: Server): Server {
  let deleted = 0;
  const remove = async (name: string) => {
    await server.store.delete(name);
    if (++deleted === 2 && step === 'second delete') die();
  };
  return { ...server, store: { ...server.store, delete: remove } };
}

const sound = { ...allRuns, SWEEP: quickSweep };
const runs = Object.fromEntries(
  Object.entries(sound).map(([kind, run]) => [kind, dying(run as RunJob)]),
);
const server = await openServer(readConfig());
await runWorker(server, { signal: new AbortController().signal, runs });
