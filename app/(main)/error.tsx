'use client';

import { CloudAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/ui/button.tsx';
import { EmptyState } from '../components/ui/empty-state.tsx';

export default function Fault({ reset }: { error: Error; reset: () => void }) {
  const t = useTranslations('fault');
  return (
    <EmptyState
      icon={<CloudAlert aria-hidden className="size-5" />}
      title={t('title')}
      action={<Button onClick={reset}>{t('again')}</Button>}
    >
      {t('text')}
    </EmptyState>
  );
}
