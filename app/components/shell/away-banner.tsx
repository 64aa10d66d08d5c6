'use client';

import { CloudOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { usePage } from '#app/data/graphql-provider.tsx';

/** Says that the server does not answer, so that nobody waits for what stands still. */
export function AwayBanner() {
  const t = useTranslations('away');
  const { away } = usePage();
  return (
    <div role="status">
      {away && (
        <div className="sticky top-14 z-20 flex items-center gap-3 border-line border-b bg-warn-soft px-4 py-2.5 text-sm text-warn sm:px-6 lg:top-0 lg:px-10">
          <CloudOff aria-hidden className="size-4 shrink-0" />
          <p className="min-w-0">
            <strong className="font-semibold">{t('title')}</strong> {t('text')}
          </p>
        </div>
      )}
    </div>
  );
}
