'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useAboutJob } from '#app/components/jobs/use-about-job.ts';
import { isHousekeeping, type Job, useJobEnd, useJobs } from '#app/data/jobs.tsx';
import { type Problem, problemOfCode, problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useToast } from '../ui/toast.tsx';

/** Shows a toast for every job that ends while the page is open. */
export function JobToasts() {
  const t = useTranslations('jobs');
  const toast = useToast();
  const textOf = useProblemText();
  const address = useSearchParams();
  const { isWatched } = useJobs();
  const about = useAboutJob();
  useJobEnd((job) => {
    if (isWatched(job.id)) return;
    // Its dialog shows how it ended.
    if (job.restoreId && job.restoreId === address.get('restore')) return;
    if (job.uploadId && job.uploadId === address.get('upload')) return;
    if (isChore(job) && job.status !== 'FAILED') return;
    if (job.status === 'FAILED') {
      const { message, hint } = textOf(errorOf(job));
      const title = t(`failed.${job.kind}`);
      toast({ tone: 'danger', title, about: about(job), detail: `${message} ${hint}` });
      return;
    }
    const title = job.status === 'CANCELLED' ? t('cancelled') : t(`succeeded.${job.kind}`);
    toast({ tone: 'good', title, about: about(job) });
  });
  return null;
}

/**
 * Whether no person asked for this job: the server did, or it belongs to a restore or an undo.
 * Those announce their own end.
 */
function isChore(job: Job): boolean {
  // Who waits for a compare has its page open.
  if (job.kind === 'COMPARE') return true;
  const byItself = job.requestedBy.kind === 'SERVER' || job.backupKind === 'SAFETY';
  return isHousekeeping(job) || byItself;
}

function errorOf({ error }: Job): Problem {
  return error ? problemOfFailure(error) : problemOfCode('INTERNAL');
}
