'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { TabBar } from '#app/components/ui/tab-bar.tsx';
import { useMay } from '#app/session/me-context.tsx';

/** The frame of every page in the Backup tab: title, actions and tabs. */
export function BackupFrame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const t = useTranslations('backup');
  const may = useMay();
  const tabs = [
    { href: '/backup', text: t('tabs.backups') },
    { href: '/backup/nights', text: t('tabs.nights') },
    ...(may('backup.compare')
      ? [{ href: '/backup/brought-back', text: t('tabs.broughtBack') }]
      : []),
    { href: '/backup/schedule', text: t('tabs.schedule') },
  ];
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {actions}
      </PageHeader>
      <TabBar label={t('tabs.label')} tabs={tabs} />
      {children}
    </>
  );
}
