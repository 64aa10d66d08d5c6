'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { TabBar } from '#app/components/ui/tab-bar.tsx';

/** The frame of every page in the Backup tab: title, actions and tabs. */
export function BackupFrame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const t = useTranslations('backup');
  const tabs = [
    { href: '/backup', text: t('tabs.backups') },
    { href: '/backup/nights', text: t('tabs.nights') },
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
