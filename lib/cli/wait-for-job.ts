import type { Job } from '#generated/vault/client.ts';
import { jobError } from '#jobs/queue.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { watchJob } from '#services/activity/watch.ts';
import { openProgressBar } from './progress.ts';
import type { Session } from './session.ts';

/**
 * Waits for the job's end, with a progress bar on a terminal; Ctrl-C cancels the job. Returns the job if it
 * succeeded; throws its failure, or CANCELLED.
 */
export async function waitForJob(session: Session, job: Job, quiet: boolean): Promise<Job> {
  session.work();
  const bar = openProgressBar(quiet);
  const cancel = () => void cancelJob(session.server, session.actor, job.id).catch(() => {});
  session.signal.addEventListener('abort', cancel, { once: true });
  let last = job;
  try {
    for await (const state of await watchJob(session.server, session.actor, job.id)) {
      last = state;
      bar.show(state);
    }
  } finally {
    session.signal.removeEventListener('abort', cancel);
    bar.end();
  }
  if (last.status !== 'SUCCEEDED') throw jobError(last);
  return last;
}
