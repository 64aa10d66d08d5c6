'use client';

import { useTranslations } from 'next-intl';
import { TabBar } from '#app/components/ui/tab-bar.tsx';
import { useMay } from '#app/session/me-context.tsx';
import { settingsPlaces } from './places.ts';

/** The pages of the settings that the person's role may see. */
export function SettingsTabs() {
  const t = useTranslations('settings');
  const may = useMay();
  const tabs = settingsPlaces
    .filter(({ action }) => may(action))
    .map(({ href, key }) => ({ href, text: t(key) }));
  return <TabBar label={t('label')} tabs={tabs} />;
}
