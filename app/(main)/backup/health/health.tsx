'use client';

import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { type Problem, problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { BackupHealthDocument } from '#generated/graphql/client/graphql.ts';
import { HealthBanner } from './health-banner.tsx';
import { HealthStrip } from './health-strip.tsx';

interface Props {
  /** A problem that the page already shows. */
  shown: Problem | null;
  /** Whether the page already says that the schedule is paused. */
  paused: boolean;
}

/** Says whether the network is protected now. */
export function Health({ shown, paused }: Props) {
  const t = useTranslations('health');
  const [{ data, error }, read] = useQuery({ query: BackupHealthDocument });
  const problem = error && !data ? problemOf(error) : null;
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent(({ kind }) => {
    if (kind === 'BACKUPS_CHANGED' || kind === 'NIGHTS_CHANGED') refresh();
  });
  useJobEnd((job) => {
    if (job.kind === 'TEST_BACKUP' || job.kind === 'SWEEP') refresh();
  });
  return (
    <section aria-label={t('label')} className="grid grid-cols-1 gap-4">
      <ProblemNote problem={problem?.code === shown?.code ? null : problem} />
      {data && (
        <HealthBanner
          problems={data.backupHealth.problems.filter(
            ({ code }) => !(paused && code === 'SCHEDULE_OFF'),
          )}
        />
      )}
      <HealthStrip health={data?.backupHealth} storage={data?.storage} />
    </section>
  );
}
