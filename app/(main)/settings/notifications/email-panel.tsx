'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import type { NotificationSettingsPartsFragment } from '#generated/graphql/client/graphql.ts';
import {
  type MailSecurity,
  UpdateNotificationSettingsDocument,
} from '#generated/graphql/client/graphql.ts';
import { EmailFields } from './email-fields.tsx';
import { type EmailValues, emailInput, emailValues, usualPorts } from './email-values.ts';
import { TestButton } from './test-button.tsx';

interface Props {
  settings: NotificationSettingsPartsFragment;
  onSent: () => void;
}

/** The mail server that sends notifications, and their recipients. */
export function EmailPanel({ settings, onSent }: Props) {
  const t = useTranslations('notifications');
  const common = useTranslations('common');
  const toast = useToast();
  const { send, sending, problem } = useSend(UpdateNotificationSettingsDocument);
  const [on, setOn] = useState(settings.email != null);
  const [values, setValues] = useState<EmailValues>(() => emailValues(settings.email));
  const change = (part: Partial<EmailValues>) => setValues((now) => ({ ...now, ...part }));
  const secure = (security: MailSecurity) =>
    change({
      security,
      ...(values.port === usualPorts[values.security] ? { port: usualPorts[security] } : {}),
    });
  const save = async () => {
    const answer = await send({ input: { email: on ? emailInput(values) : null } });
    if (!answer) return;
    change({ password: '' });
    toast({ tone: 'good', title: t('saved') });
  };
  const test = settings.email && <TestButton channel="EMAIL" onSent={onSent} />;
  return (
    <Panel title={t('email')} text={t('emailText')} aside={test}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <CheckField label={t('emailOn')} checked={on} onChange={setOn} />
        {on && (
          <EmailFields
            values={values}
            hasPassword={settings.email?.hasPassword ?? false}
            fields={problem?.fields ?? {}}
            onChange={change}
            onSecurity={secure}
          />
        )}
        <ProblemNote
          problem={problem}
          shownFields={['host', 'port', 'user', 'password', 'from', 'to'].map((f) => `email.${f}`)}
        />
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={sending}>
            {common('save')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
