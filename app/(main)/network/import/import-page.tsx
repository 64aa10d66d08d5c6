'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { Spinner } from '#app/components/ui/spinner.tsx';
import { useJobEnd, useJobs, useMissedEnd, useWatchedJob } from '#app/data/jobs.tsx';
import { problemOf, problemOfFailure } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { ImportDocument, type ImportPartsFragment } from '#generated/graphql/client/graphql.ts';
import { ApplyPanel } from './apply-panel.tsx';
import { ChooseFile } from './choose-file.tsx';
import { ImportedPanel } from './imported-panel.tsx';
import { MatchingPanel } from './matching-panel.tsx';
import { RowsPanel } from './rows-panel.tsx';

/** Brings a file into the network: choose it, see what each row is, apply. */
export function ImportPage({ id }: { id: string | null }) {
  const router = useRouter();
  const open = (chosen: string) => router.replace(`/network/import?id=${chosen}`);
  return id === null ? <ChooseFile onChosen={open} /> : <Chosen key={id} id={id} onOther={open} />;
}

function Chosen({ id, onOther }: { id: string; onOther: (id: string) => void }) {
  const t = useTranslations('importPage');
  const [{ data, error }, read] = useQuery({ query: ImportDocument, variables: { id } });
  const found = data?.import ?? null;
  const working = found?.status === 'READING' || found?.status === 'APPLYING';
  const reread = () => read({ requestPolicy: 'network-only' });
  useWatchedJob(found?.job?.id ?? null);
  useMissedEnd(working ? (found?.job?.id ?? null) : null, reread);
  useJobEnd(reread);
  useSystemEvent(({ kind }) => {
    if (kind === 'CHANGE_SETS_CHANGED') reread();
  });
  if (error) return <ProblemNote problem={problemOf(error)} />;
  if (!data) return <Spinner />;
  if (!found) return <ChooseFile onChosen={onOther} note={t('dropped')} />;
  return <Steps found={found} onChange={reread} onOther={onOther} />;
}

interface StepsProps {
  found: ImportPartsFragment;
  onChange: () => void;
  onOther: (id: string) => void;
}

function Steps({ found, onChange, onOther }: StepsProps) {
  const failure = found.job?.error ? problemOfFailure(found.job.error) : null;
  if (found.status === 'READING' || found.status === 'APPLYING') return <Working found={found} />;
  if (found.status === 'APPLIED') return <ImportedPanel found={found} onOther={onOther} />;
  if (found.status !== 'READY') return <ChooseFile onChosen={onOther} problem={failure} />;
  return (
    <div className="grid grid-cols-1 gap-4">
      <ProblemNote problem={failure} />
      <ApplyPanel found={found} onChange={onChange} />
      <MatchingPanel key={found.job?.id} found={found} onChange={onChange} />
      <RowsPanel key={`${found.job?.id} rows`} found={found} />
    </div>
  );
}

function Working({ found }: { found: ImportPartsFragment }) {
  const t = useTranslations('importPage');
  const { active } = useJobs();
  const job = active.find(({ id }) => id === found.job?.id) ?? found.job;
  return (
    <Panel title={found.fileName} text={t('working')}>
      {job && <JobProgress job={job} />}
    </Panel>
  );
}
