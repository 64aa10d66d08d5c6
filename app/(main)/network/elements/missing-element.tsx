'use client';

import { History, SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import type { ElementKind } from '#generated/graphql/client/graphql.ts';
import { useCompareWithNewest } from './backup-panel.tsx';
import { listHref } from './element-paths.ts';

/** Says that there is no such element now, and where it may still be. */
export function MissingElement({ kind }: { kind: ElementKind }) {
  const t = useTranslations('network.element');
  const newest = useCompareWithNewest();
  const look = () => newest?.compare({ kinds: ['REMOVED'], tables: [kind.toLowerCase()] });
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState
        icon={<SearchX aria-hidden className="size-5" />}
        level={1}
        title={t('missing')}
        action={
          <>
            {newest && (
              <Button
                look="primary"
                className="max-sm:h-11"
                icon={<History aria-hidden className="size-4" />}
                busy={newest.sending}
                onClick={() => void look()}
              >
                {t('missingCompare')}
              </Button>
            )}
            <Link
              href={listHref(kind)}
              className="inline-flex h-9 items-center rounded-md px-3.5 font-medium text-sm ring-1 ring-line-strong ring-inset hover:bg-sunken max-sm:h-11"
            >
              {t(`allOf.${kind}`)}
            </Link>
          </>
        }
      >
        <p>{t('missingText')}</p>
        {newest && <p className="mt-2">{t('missingBackup', { name: newest.name })}</p>}
        <ProblemNote problem={newest?.problem ?? null} />
      </EmptyState>
    </div>
  );
}
