'use client';

import { useTranslations } from 'next-intl';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import type { ComparePartsFragment } from '#generated/graphql/client/graphql.ts';
import { ChangeCounts } from '../compare/change-counts.tsx';
import { compareAddress } from '../compare/compare-address.ts';
import { Headline } from '../compare/summary.tsx';
import { sumOf } from '../compare/sums.ts';
import { useTableNames } from '../compare/use-table-names.ts';
import type { SeenCompare } from './use-compare-with-now.ts';

/** What the restore would change, in sum: while it is found out, and when it is known. */
export function SeenChanges({ seen }: { seen: SeenCompare }) {
  const t = useTranslations('restore');
  const { ready, job, problem } = seen;
  if (ready) return <Totals compare={ready} />;
  if (problem) return <ProblemNote problem={problem} />;
  return (
    <section aria-label={t('changes')} className="grid gap-2">
      {job ? <JobProgress job={job} /> : <ProgressBar fraction={null} label={t('comparing')} />}
      <p className="text-[13px] text-ink-3">{t('comparingText')}</p>
    </section>
  );
}

function Totals({ compare }: { compare: ComparePartsFragment }) {
  const t = useTranslations('restore');
  const { manyOf } = useTableNames();
  const totals = compare.totals ?? [];
  const { added, changed, removed } = sumOf(totals);
  if (added + changed + removed === 0)
    return (
      <p className="rounded-lg bg-good-soft px-3 py-2.5 text-good text-sm">{t('noChanges')}</p>
    );
  return (
    <section aria-label={t('changes')} className="grid gap-3">
      <Headline compare={compare} />
      <ul className="grid gap-x-8 sm:grid-cols-2">
        {totals.map((counts) => (
          <li
            key={counts.table}
            className="flex items-center justify-between gap-3 border-line border-b py-1.5 text-sm"
          >
            <span className="min-w-0 truncate">{manyOf(counts.table)}</span>
            <ChangeCounts counts={counts} toNow={compare.toNow} />
          </li>
        ))}
      </ul>
      <p>
        <Link
          href={compareAddress(compare.id, { from: compare.from.id ?? '', to: null })}
          className="font-medium text-[13px] text-accent underline-offset-4 hover:underline"
        >
          {t('everyChange')}
        </Link>
      </p>
    </section>
  );
}
