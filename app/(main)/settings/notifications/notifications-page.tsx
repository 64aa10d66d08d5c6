'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { NotificationSettingsDocument } from '#generated/graphql/client/graphql.ts';
import { SettingsTabs } from '../settings-tabs.tsx';
import { EmailPanel } from './email-panel.tsx';
import { EventsPanel } from './events-panel.tsx';
import { SentPanel } from './sent-panel.tsx';
import { WebhooksPanel } from './webhooks-panel.tsx';

/** The settings of notifications: events, e-mail, webhooks, and what was sent. */
export function NotificationsPage() {
  const t = useTranslations('notifications');
  const [{ data, error }, read] = useQuery({ query: NotificationSettingsDocument });
  /** Rises with each test that was sent. */
  const [sent, setSent] = useState(0);
  const refresh = () => read({ requestPolicy: 'network-only' });
  const noteSent = () => setSent((now) => now + 1);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <SettingsTabs />
      <ProblemNote problem={error && !data ? problemOf(error) : null} />
      {!data && !error && <ProgressBar fraction={null} label={t('reading')} />}
      {data && (
        <div className="grid max-w-3xl gap-6">
          <EventsPanel settings={data.notificationSettings} />
          <EmailPanel settings={data.notificationSettings} onSent={noteSent} />
          <WebhooksPanel
            settings={data.notificationSettings}
            onChanged={refresh}
            onSent={noteSent}
          />
          <SentPanel version={sent} />
        </div>
      )}
    </>
  );
}
