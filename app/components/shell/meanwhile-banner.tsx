'use client';

import { RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { usePage } from '#app/data/graphql-provider.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { Button } from '../ui/button.tsx';

/** Says that the network was restored meanwhile, so the page shows outdated data. */
export function MeanwhileBanner() {
  const t = useTranslations('meanwhile');
  const { restoredMeanwhile, noteSwap } = usePage();
  useSystemEvent((event) => {
    if (event.kind === 'PLANT_SWAPPED') noteSwap();
  });
  if (!restoredMeanwhile) return null;
  return (
    <div
      role="alert"
      className="sticky top-14 z-20 flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b bg-warn-soft px-4 py-2.5 text-warn sm:px-6 lg:top-0 lg:px-10"
    >
      <p className="min-w-0 flex-1 basis-64 text-sm">
        <strong className="font-semibold">{t('title')}</strong> {t('text')}
      </p>
      <Button
        size="small"
        icon={<RotateCw aria-hidden className="size-3.5" />}
        onClick={() => window.location.reload()}
      >
        {t('reload')}
      </Button>
    </div>
  );
}
