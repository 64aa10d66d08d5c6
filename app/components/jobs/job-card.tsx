'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { type Job, useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { CancelJobDocument } from '#generated/graphql/client/graphql.ts';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/dates.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { JobProgress } from './job-progress.tsx';
import { useAboutJob } from './use-about-job.ts';

/** A running job: its kind, requester and progress, with a button to cancel it. */
export function JobCard({ job, children }: { job: Job; children?: ReactNode }) {
  const t = useTranslations('jobs');
  const authorName = useAuthorName();
  const about = useAboutJob()(job);
  const { add } = useJobs();
  const { send, sending, problem } = useSend(CancelJobDocument);
  const cancel = async () => {
    const answer = await send({ id: job.id });
    if (answer) add(answer.cancelJob.job);
  };
  return (
    <section
      aria-label={t(`titles.${job.kind}`)}
      className="grid gap-3 rounded-xl bg-surface p-4 shadow-raised ring-1 ring-line"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 items-center gap-3">
          <span aria-hidden className="size-2 shrink-0 animate-breathe rounded-full bg-glow" />
          <div className="min-w-0">
            <h2 className="font-medium text-sm">{t(`titles.${job.kind}`)}</h2>
            {about && <p className="text-[13px] text-ink-2 [overflow-wrap:anywhere]">{about}</p>}
            <p className="truncate text-ink-3 text-xs">
              {authorName(job.requestedBy)} · <Moment at={job.createdAt} />
            </p>
          </div>
        </div>
        <div className="flex items-center gap-2">
          {children}
          <Button size="small" busy={sending} onClick={() => void cancel()}>
            {t('cancel')}
          </Button>
        </div>
      </div>
      <JobProgress job={job} />
      <ProblemNote problem={problem} />
    </section>
  );
}
