import type { Logger } from 'pino';
import type { Job } from '#generated/vault/client.ts';
import type { VaultClient } from '#vault/client.ts';
import { type JobKind, type JobRun, Postponed } from './kinds.ts';
import type { Lease } from './lease.ts';
import { commitJob, endStoppedJob } from './queue.ts';

export interface RunRequest<Context> {
  readonly vault: VaultClient;
  readonly context: Context;
  readonly kind: JobKind<unknown, Context>;
  readonly job: Job;
  readonly lease: Lease;
  readonly log: Logger;
}

/**
 * Runs a claimed job to its end and writes how it ended. Never throws: an end that cannot be written is
 * settled by the lease, which runs out.
 */
export async function runJob<Context>(request: RunRequest<Context>): Promise<void> {
  const { vault, context, kind, job, lease, log } = request;
  let committed = false;
  const commit: JobRun['commit'] = async (result, work) => {
    // The row is locked from here on: a renewal would wait for it, then take the job for lost.
    await lease.release();
    lease.signal.throwIfAborted();
    await commitJob(vault, kind, job, result, work);
    committed = true;
  };
  try {
    const input = kind.input.parse(job.input);
    await kind.run(context, { job, input, signal: lease.signal, report: lease.report, commit });
    if (!committed) await commit({}, async () => {});
    log.debug({ job: job.id, kind: job.kind }, 'job done');
  } catch (thrown) {
    logStop(request, thrown);
    if (thrown instanceof Postponed) await lease.flush();
    if (!committed) await writeStop(request, thrown);
  } finally {
    await lease.release();
  }
}

function logStop<Context>({ job, lease, log }: RunRequest<Context>, thrown: unknown): void {
  const { stopped } = lease;
  const asked = stopped === 'CANCELLED' || stopped === 'SHUTDOWN' || thrown instanceof Postponed;
  log[asked ? 'debug' : 'warn']({ job: job.id, kind: job.kind, stopped, err: thrown }, 'stopped');
}

async function writeStop<Context>(request: RunRequest<Context>, thrown: unknown): Promise<void> {
  const { vault, kind, job, lease, log } = request;
  const stop = { reason: lease.stopped, thrown };
  await endStoppedJob(vault, kind, job, stop, () => lease.remainingMs > 0).catch((error) =>
    log.error({ job: job.id, err: error }, 'its end could not be written'),
  );
}
