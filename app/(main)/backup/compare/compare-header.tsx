'use client';

import { ArrowLeft } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useMoment } from '#app/i18n/use-writing.ts';
import type { Compare } from './compare-types.ts';
import { useSideNames } from './use-side-names.ts';
import { useStartCompare } from './use-start-compare.ts';

/** What is compared, and the way back to the list. */
export function CompareHeader({ compare }: { compare: Compare | null }) {
  const t = useTranslations('compare');
  return (
    <>
      <Link
        href="/backup"
        className="mb-3 inline-flex items-center gap-1.5 rounded text-[13px] text-ink-2 hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-3.5" />
        {t('back')}
      </Link>
      {compare ? <Title compare={compare} /> : <PageHeader title={t('pageTitle')} />}
    </>
  );
}

function Title({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const moment = useMoment();
  const { from, to } = useSideNames(compare);
  const { open, sending, problem } = useStartCompare();
  const dates = {
    from: compare.from.createdAt ? moment(compare.from.createdAt) : '',
    to: compare.to.createdAt ? moment(compare.to.createdAt) : '',
  };
  const fromId = compare.from.id;
  return (
    <>
      <PageHeader
        title={compare.toNow ? t('titleNow', { from }) : t('title', { from, to })}
        description={
          dates.to === '' ? undefined : compare.toNow ? t('datesNow', dates) : t('dates', dates)
        }
      >
        {compare.toNow && compare.status === 'READY' && fromId && (
          <Button busy={sending} onClick={() => void open({ from: fromId, to: null })}>
            {t('againNow')}
          </Button>
        )}
      </PageHeader>
      <ProblemNote problem={problem} className="mb-4" />
    </>
  );
}
