'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { Job } from '#app/data/jobs.tsx';
import { useBytes } from '../ui/dates.tsx';
import { ProgressBar } from '../ui/progress.tsx';

/** The progress of a job: its phase (announced as it changes), the amount done, and a bar. */
export function JobProgress({ job }: { job: Job }) {
  const t = useTranslations('jobs');
  const phase = usePhase(job);
  const amount = useAmount(job);
  const total = Number(job.progress.total);
  const fraction = total > 0 ? Math.min(1, Number(job.progress.done) / total) : null;
  return (
    <div className="grid gap-1.5">
      <div className="flex justify-between gap-4 text-[13px]">
        <span aria-live="polite" className="min-w-0 truncate text-ink-2">
          {phase}
        </span>
        <span className="shrink-0 text-ink-3 tabular-nums">{amount}</span>
      </div>
      <ProgressBar fraction={fraction} label={t(`titles.${job.kind}`)} />
    </div>
  );
}

function usePhase(job: Job): string {
  const t = useTranslations('jobs');
  // While a place thaws, the job waits in the queue.
  if (job.status === 'QUEUED' && job.phase !== 'thawing') return t('queued');
  const key = `phases.${job.phase}` as Parameters<typeof t>[0];
  return job.phase !== '' && t.has(key) ? t(key) : job.phase || t('starting');
}

function useAmount(job: Job): string {
  const bytes = useBytes();
  const format = useFormatter();
  const { done, total, unit } = job.progress;
  if (Number(total) === 0) return '';
  const show = (value: string) => (unit === 'bytes' ? bytes(value) : format.number(Number(value)));
  return `${show(done)} / ${show(total)}`;
}
