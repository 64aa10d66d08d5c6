'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
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
  useJobEnd((job) => {
    if (isWatched(job.id)) return;
    // Its dialog shows how it ended.
    if (job.restoreId && job.restoreId === address.get('restore')) return;
    if (job.uploadId && job.uploadId === address.get('upload')) return;
    if (isChore(job) && job.status !== 'FAILED') return;
    if (job.status === 'FAILED') {
      const { message, hint } = textOf(errorOf(job));
      toast({ tone: 'danger', title: t(`failed.${job.kind}`), detail: `${message} ${hint}` });
    } else if (job.status === 'CANCELLED') toast({ tone: 'good', title: t('cancelled') });
    else toast({ tone: 'good', title: t(`succeeded.${job.kind}`) });
  });
  return null;
}

/**
 * Whether no person asked for this job: the server did, or it belongs to a restore or an undo.
 * Those announce their own end.
 */
function isChore(job: Job): boolean {
  const byItself = job.requestedBy.kind === 'SERVER' || job.backupKind === 'SAFETY';
  return isHousekeeping(job) || byItself;
}

function errorOf({ error }: Job): Problem {
  return error ? problemOfFailure(error) : problemOfCode('INTERNAL');
}
