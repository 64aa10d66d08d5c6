'use client';

import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { useJobEnd, useJobs, useMissedEnd, useWatchedJob } from '#app/data/jobs.tsx';
import { problemOf, problemOfFailure } from '#app/data/problem.ts';
import { CompareDocument } from '#generated/graphql/client/graphql.ts';
import { CompareHeader } from './compare-header.tsx';
import type { Compare } from './compare-types.ts';
import { ReadyCompare } from './ready-compare.tsx';
import { useStartCompare } from './use-start-compare.ts';

/** A compare: while it is made, and when it is there. */
export function ComparePage({ id }: { id: string }) {
  const t = useTranslations('compare');
  const [{ data, error, fetching }, read] = useQuery({
    query: CompareDocument,
    variables: { id },
    requestPolicy: 'network-only',
  });
  const compare = data?.compare;
  const jobId = compare?.job?.id ?? null;
  const reread = () => read({ requestPolicy: 'network-only' });
  useWatchedJob(jobId);
  useJobEnd((job) => {
    if (job.id === jobId) reread();
  });
  useMissedEnd(compare?.status === 'PREPARING' ? jobId : null, reread);
  if (compare)
    return (
      <>
        <CompareHeader compare={compare} />
        <Body compare={compare} />
      </>
    );
  return (
    <>
      <CompareHeader compare={null} />
      {error ? (
        <ProblemNote problem={problemOf(error)} />
      ) : fetching ? (
        <ProgressBar fraction={null} label={t('reading')} />
      ) : (
        <Again text={t('dropped')} />
      )}
    </>
  );
}

function Body({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  if (compare.status === 'READY') return <ReadyCompare compare={compare} />;
  if (compare.status === 'PREPARING') return <Preparing compare={compare} />;
  const error = compare.job?.error;
  return (
    <Again text={t('failed')}>
      <ProblemNote problem={error ? problemOfFailure(error) : null} />
    </Again>
  );
}

function Preparing({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const { active } = useJobs();
  const job = active.find(({ id }) => id === compare.job?.id) ?? compare.job;
  return (
    <Card>
      {job && <JobProgress job={job} />}
      <p className="text-pretty text-ink-2 text-sm">
        {compare.toNow ? t('preparingNow') : t('preparing')}
      </p>
    </Card>
  );
}

/** Says why there is nothing to see, and offers to make the compare again. */
function Again({ text, children }: { text: string; children?: ReactNode }) {
  const t = useTranslations('compare');
  const address = useSearchParams();
  const from = address.get('from');
  const { open, sending, problem } = useStartCompare();
  return (
    <Card>
      {children}
      <p className="text-pretty text-ink-2 text-sm">{text}</p>
      {from && (
        <div>
          <Button
            look="primary"
            busy={sending}
            onClick={() => void open({ from, to: address.get('to') })}
          >
            {t('again')}
          </Button>
        </div>
      )}
      <ProblemNote problem={problem} />
    </Card>
  );
}

function Card({ children }: { children: ReactNode }) {
  return (
    <div className="grid gap-4 rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6">
      {children}
    </div>
  );
}
