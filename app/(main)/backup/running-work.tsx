'use client';

import { useTranslations } from 'next-intl';
import { JobCard } from '#app/components/jobs/job-card.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { isHousekeeping, useJobs } from '#app/data/jobs.tsx';
import { openDialog } from './address.ts';
import { PreparedRestores } from './restore/prepared-restores.tsx';
import { openRestore } from './restore/restore-address.ts';

/** What runs now, and what waits for a decision. */
export function RunningWork() {
  const t = useTranslations('backup');
  const { active } = useJobs();
  const jobs = active.filter((job) => !isHousekeeping(job));
  return (
    <>
      {jobs.map((job) => (
        <JobCard key={job.id} job={job}>
          {job.uploadId && (
            <Button size="small" onClick={() => openDialog('upload', job.uploadId ?? null)}>
              {t('open')}
            </Button>
          )}
          {job.restoreId && (
            <Button size="small" onClick={() => openRestore(job.restoreId ?? null)}>
              {t('open')}
            </Button>
          )}
        </JobCard>
      ))}
      <PreparedRestores />
    </>
  );
}
