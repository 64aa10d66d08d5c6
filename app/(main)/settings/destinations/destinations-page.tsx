'use client';

import { CloudUpload, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { JobCard } from '#app/components/jobs/job-card.tsx';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { type Job, useJobs } from '#app/data/jobs.tsx';
import { problemOf } from '#app/data/problem.ts';
import type { DestinationsQuery } from '#generated/graphql/client/graphql.ts';
import { SettingsTabs } from '../settings-tabs.tsx';
import { DestinationCard } from './destination-card.tsx';
import { type DestinationTask, DestinationTasks } from './destination-tasks.tsx';
import { useDestinations } from './use-destinations.ts';

/** The destinations of external backups: their state, and what lies there. */
export function DestinationsPage() {
  const t = useTranslations('destinations');
  const { data, error, refresh } = useDestinations();
  const [task, setTask] = useState<DestinationTask | null>(null);
  const destinations = data?.destinations ?? [];
  const add = (
    <Button
      look="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setTask({ kind: 'add' })}
    >
      {t('add')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {destinations.length > 0 && add}
      </PageHeader>
      <SettingsTabs />
      <div className="grid grid-cols-1 gap-4">
        <ProblemNote problem={error && !data ? problemOf(error) : null} />
        {!data && !error && <ProgressBar fraction={null} label={t('reading')} />}
        {data?.destinations.length === 0 && <NoDestinations action={add} />}
        <ExternalWork />
        {destinations.map((destination) => (
          <DestinationCard
            key={destination.id}
            destination={destination}
            newestBackup={newestBackup(data)}
            onTask={setTask}
          />
        ))}
      </div>
      <DestinationTasks
        task={task}
        destinations={destinations}
        onClose={() => setTask(null)}
        onChanged={refresh}
      />
    </>
  );
}

/** The newest backup that a destination takes: one with all files. */
function newestBackup(data: DestinationsQuery | undefined): string | null {
  const found = data?.backups.nodes.find(
    ({ kind, status, includesFiles, datedAhead }) =>
      kind !== 'SAFETY' && status === 'READY' && includesFiles && !datedAhead,
  );
  return found?.id ?? null;
}

const external: readonly Job['kind'][] = ['SEND_BACKUP', 'FETCH_BACKUP', 'TEST_COPY'];

function ExternalWork() {
  const { active } = useJobs();
  return active
    .filter(({ kind }) => external.includes(kind))
    .map((job) => <JobCard key={job.id} job={job} />);
}

function NoDestinations({ action }: { action: ReactNode }) {
  const t = useTranslations('destinations');
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState
        icon={<CloudUpload aria-hidden className="size-5" />}
        title={t('none')}
        action={action}
      >
        {t('noneText')}
      </EmptyState>
    </div>
  );
}
