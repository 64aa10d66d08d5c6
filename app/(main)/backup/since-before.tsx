'use client';

import { useTranslations } from 'next-intl';
import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';
import { ChangeCounts } from './compare/change-counts.tsx';
import { sumOf } from './compare/sums.ts';

/** What changed since the backup before, in sum. Nothing where that is not known. */
export function SinceBefore({ changes }: Pick<BackupPartsFragment, 'changes'>) {
  const t = useTranslations('backup');
  if (!changes) return null;
  const sum = sumOf(changes);
  if (sum.added + sum.changed + sum.removed === 0)
    return <span className="text-ink-3 text-xs">{t('nothingChanged')}</span>;
  return (
    <span title={t('changedSince')}>
      <span className="sr-only">{t('changedSince')} </span>
      <ChangeCounts counts={sum} toNow={false} />
    </span>
  );
}
