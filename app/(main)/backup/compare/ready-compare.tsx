'use client';

import { Equal, RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useMoment } from '#app/i18n/use-writing.ts';
import { ChangeList } from './change-list.tsx';
import type { Compare } from './compare-types.ts';
import { Facets } from './facets.tsx';
import { PlacesPanel } from './places-panel.tsx';
import { ReturningAccess } from './returning-access.tsx';
import { Summary } from './summary.tsx';
import { sumOf } from './sums.ts';
import { useStartCompare } from './use-start-compare.ts';

/** What a compare found: in sum, on a plot, and row by row. */
export function ReadyCompare({ compare }: { compare: Compare }) {
  const { added, changed, removed } = sumOf(compare.totals ?? []);
  if (added + changed + removed === 0) return <Same compare={compare} />;
  return (
    <div className="grid grid-cols-1 gap-6">
      <Outdated compare={compare} />
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <Summary compare={compare} />
        <PlacesPanel compare={compare} />
      </div>
      <ReturningAccess compare={compare} />
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[15rem_minmax(0,1fr)]">
        <Facets compare={compare} />
        <ChangeList compare={compare} />
      </div>
    </div>
  );
}

function Same({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const moment = useMoment();
  const at = compare.to.createdAt ?? compare.readyAt;
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState icon={<Equal aria-hidden className="size-5" />} title={t('same')}>
        {compare.toNow ? t('sameNow', { date: at ? moment(at) : '' }) : t('sameText')}
      </EmptyState>
    </div>
  );
}

/** Says that rows were brought back, or that this was undone, since the network was read. */
function Outdated({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const [outdated, setOutdated] = useState(false);
  const { open, sending } = useStartCompare();
  useSystemEvent(({ kind, id }) => {
    if (id !== null && (kind === 'CHANGE_SETS_CHANGED' || kind === 'PLANT_SWAPPED'))
      setOutdated(true);
  });
  const fromId = compare.from.id;
  if (!outdated || !compare.toNow || !fromId) return null;
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl bg-accent-soft px-4 py-3 text-accent-strong text-sm"
    >
      <p className="min-w-0 flex-1 basis-64">{t('outdated')}</p>
      <Button
        size="small"
        busy={sending}
        icon={<RotateCw aria-hidden className="size-3.5" />}
        onClick={() => void open({ from: fromId, to: null })}
      >
        {t('againNow')}
      </Button>
    </div>
  );
}
