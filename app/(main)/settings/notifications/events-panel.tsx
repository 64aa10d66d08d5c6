'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SelectField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { localeNames, locales } from '#errors/locale.ts';
import type { NotificationSettingsPartsFragment } from '#generated/graphql/client/graphql.ts';
import {
  type NotificationEvent,
  UpdateNotificationSettingsDocument,
} from '#generated/graphql/client/graphql.ts';

const events: readonly NotificationEvent[] = [
  'NIGHT_FAILED',
  'NIGHT_MISSED',
  'NIGHT_OVERDUE',
  'RESTORE_TEST_FAILED',
  'NOT_RESTORABLE',
  'UNUSUAL_CHANGES',
  'ROWS_DIFFER',
  'DISK_NEARLY_FULL',
  'EXTERNAL_FAILED',
  'EXTERNAL_OVERDUE',
  'EXTERNAL_DAMAGED',
  'RECOVERED',
];

/** The events that people are notified about, and the language. */
export function EventsPanel({ settings }: { settings: NotificationSettingsPartsFragment }) {
  const t = useTranslations('notifications');
  const common = useTranslations('common');
  const toast = useToast();
  const { send, sending, problem } = useSend(UpdateNotificationSettingsDocument);
  const [chosen, setChosen] = useState<readonly NotificationEvent[]>(settings.events);
  const [locale, setLocale] = useState(settings.locale);
  const save = async () => {
    if (!(await send({ input: { events: [...chosen], locale } }))) return;
    toast({ tone: 'good', title: t('saved') });
  };
  const toggle = (event: NotificationEvent, on: boolean) =>
    setChosen((now) => (on ? [...now, event] : now.filter((other) => other !== event)));
  return (
    <Panel title={t('events')} text={t('eventsText')}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div className="grid gap-2.5">
          {events.map((event) => (
            <CheckField
              key={event}
              label={t(`kinds.${event}`)}
              checked={chosen.includes(event)}
              onChange={(on) => toggle(event, on)}
            />
          ))}
        </div>
        <div className="max-w-64">
          <SelectField
            label={t('language')}
            value={locale}
            onChange={(event) => setLocale(event.target.value)}
            options={locales.map((value) => ({ value, label: localeNames[value] }))}
          />
        </div>
        <ProblemNote problem={problem} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={sending}>
            {common('save')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
