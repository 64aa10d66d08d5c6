'use client';

import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { ScheduleDocument } from '#generated/graphql/client/graphql.ts';
import { BackupFrame } from '../backup-frame.tsx';
import { FetchPanel } from './fetch-panel.tsx';
import { RunsPanel } from './runs-panel.tsx';
import { ScheduleForm } from './schedule-form.tsx';

/** When automatic backups are made, how many are kept, and how scripts fetch them. */
export function SchedulePage() {
  const t = useTranslations('schedule');
  const [{ data, error }, read] = useQuery({ query: ScheduleDocument });
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent(({ kind }) => {
    if (kind === 'NIGHTS_CHANGED' || kind === 'BACKUPS_CHANGED') refresh();
  });
  return (
    <BackupFrame>
      <ProblemNote problem={error && !data ? problemOf(error) : null} />
      {!data && !error && <ProgressBar fraction={null} label={t('reading')} />}
      {data && (
        <div className="grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <ScheduleForm schedule={data.schedule} onSaved={refresh} />
          <div className="grid gap-6">
            <RunsPanel schedule={data.schedule} />
            <FetchPanel schedule={data.schedule} />
          </div>
        </div>
      )}
    </BackupFrame>
  );
}
