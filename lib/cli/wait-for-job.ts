import type { Job } from '#generated/vault/client.ts';
import { jobError } from '#jobs/queue.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { watchJob } from '#services/activity/watch.ts';
import { openProgressBar } from './progress.ts';
import type { Session } from './session.ts';

/**
 * Waits until the job has ended, with a progress bar on a terminal; Ctrl-C cancels the job. Answers it when
 * it succeeded; throws what it failed with, or CANCELLED.
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
