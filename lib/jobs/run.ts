import type { Job } from '#generated/vault/client.ts';
import type { Log } from '#services/log.ts';
import type { Server } from '#services/server.ts';
import type { JobHandler } from '#worker/handlers.ts';
import type { JobRun } from './job-run.ts';
import type { Lease } from './lease.ts';
import { commitJob, endStoppedJob } from './queue.ts';

/**
 * Runs a claimed job to its end and writes how it ended. Never throws: what it cannot write down the
 * lease settles, by running out.
 */
export async function runJob(
  server: Server,
  job: Job,
  lease: Lease,
  handler: JobHandler,
  log: Log,
): Promise<void> {
  let committed = false;
  const commit: JobRun['commit'] = async (result, work) => {
    // The row is locked from here on: a renewal would wait for it, then take the job for lost.
    await lease.release();
    lease.signal.throwIfAborted();
    await commitJob(server, job, result, work);
    committed = true;
  };
  try {
    await handler(server, { job, signal: lease.signal, report: lease.report, commit });
    if (!committed) await commit({}, async () => {});
    log.debug({ job: job.id, kind: job.kind }, 'job done');
  } catch (thrown) {
    const { stopped } = lease;
    const asked = stopped === 'CANCELLED' || stopped === 'SHUTDOWN';
    log[asked ? 'debug' : 'warn']({ job: job.id, kind: job.kind, stopped, err: thrown }, 'stopped');
    if (!committed)
      await endStoppedJob(server, job, stopped, thrown, () => lease.remainingMs > 0).catch(
        (error) => log.error({ job: job.id, err: error }, 'its end could not be written'),
      );
  } finally {
    await lease.release();
  }
}
