'use client';

import { Cable, Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { JobCard } from '#app/components/jobs/job-card.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { useMay } from '#app/session/me-context.tsx';
import {
  LoadSampleDocument,
  NetworkSummaryDocument,
  type NetworkSummaryQuery,
} from '#generated/graphql/client/graphql.ts';
import type { ElementKind } from './kit.ts';

/** The empty list: nothing found, none of this kind yet, or an empty network. */
export function NoElements({ kind, searching }: { kind: ElementKind; searching: boolean }) {
  const t = useTranslations('network');
  const [{ data }] = useQuery({ query: NetworkSummaryDocument });
  const { active } = useJobs();
  const sample = active.find((job) => job.kind === 'SAMPLE');
  if (sample) return <JobCard job={sample} />;
  const icon = <Cable aria-hidden className="size-5" />;
  const blank = data && isBlank(data.networkSummary);
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      {searching ? (
        <EmptyState icon={icon} title={t('noneFound')}>
          {t('noneFoundText')}
        </EmptyState>
      ) : blank ? (
        <EmptyState icon={icon} title={t('blank')} action={<SampleButton />}>
          {t('blankText')}
        </EmptyState>
      ) : (
        <EmptyState icon={icon} title={t(`none.${kind}`)}>
          {t('noneText')}
        </EmptyState>
      )}
    </div>
  );
}

function isBlank(summary: NetworkSummaryQuery['networkSummary']): boolean {
  const { projects, poles, boxes, cables, clients } = summary;
  return projects + poles + boxes + cables + clients === 0;
}

function SampleButton() {
  const t = useTranslations('network');
  const may = useMay();
  const { add } = useJobs();
  const { send, sending } = useSendOrToast(LoadSampleDocument);
  if (!may('network.import')) return null;
  const load = async () => {
    const answer = await send({ size: 'small' });
    if (answer) add(answer.loadSample.job);
  };
  return (
    <Button
      busy={sending}
      icon={<Sparkles aria-hidden className="size-4" />}
      onClick={() => void load()}
    >
      {t('loadSample')}
    </Button>
  );
}
