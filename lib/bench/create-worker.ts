import { fork } from 'node:child_process';
import { once } from 'node:events';
import { RUN } from '#launcher/root.ts';
import { WORKER_ENV, WORKER_FLAGS } from '#launcher/worker-memory.ts';
import type { BenchOptions } from './bench.ts';
import type { BackupDone, BackupToDo } from './create-child.ts';

/** Makes the backups in a process of its own, like the worker's, and measures its memory. */
export function startCreateWorker({
  databaseUrl,
  filesFolder,
}: Pick<BenchOptions, 'databaseUrl' | 'filesFolder'>) {
  const child = fork(RUN, ['lib/bench/create-child.ts', databaseUrl, filesFolder], {
    execArgv: WORKER_FLAGS,
    env: { ...process.env, ...WORKER_ENV },
  });
  return {
    async create(work: BackupToDo): Promise<BackupDone> {
      child.send(work);
      const [done] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
      if (typeof done === 'object' && done) return done as BackupDone;
      throw new Error('The process that makes the backups died');
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
