'use client';

import { Plus, Trash2, Webhook } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useSend } from '#app/data/use-send.ts';
import type { NotificationSettingsPartsFragment } from '#generated/graphql/client/graphql.ts';
import { RemoveWebhookDocument } from '#generated/graphql/client/graphql.ts';
import { AddWebhookDialog } from './add-webhook-dialog.tsx';
import { TestButton } from './test-button.tsx';

interface Props {
  settings: NotificationSettingsPartsFragment;
  onChanged: () => void;
  onSent: () => void;
}

type Hook = NotificationSettingsPartsFragment['webhooks'][number];

/** The webhooks, each with a secret that signs its requests. */
export function WebhooksPanel({ settings, onChanged, onSent }: Props) {
  const t = useTranslations('notifications');
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Hook | null>(null);
  const { webhooks } = settings;
  const aside = (
    <div className="flex flex-wrap gap-2">
      {webhooks.length > 0 && <TestButton channel="WEBHOOK" onSent={onSent} />}
      <Button
        size="small"
        icon={<Plus aria-hidden className="size-3.5" />}
        onClick={() => setAdding(true)}
      >
        {t('addWebhook')}
      </Button>
    </div>
  );
  return (
    <Panel title={t('webhooks')} text={t('webhooksText')} aside={aside}>
      {webhooks.length === 0 ? (
        <p className="text-ink-3 text-sm">{t('noWebhook')}</p>
      ) : (
        <ul className="divide-y divide-line rounded-lg ring-1 ring-line">
          {webhooks.map((hook) => (
            <li key={hook.id} className="flex items-center gap-3 py-1.5 pr-1.5 pl-3">
              <Webhook aria-hidden className="size-4 shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1 font-mono text-[13px] [overflow-wrap:anywhere]">
                {hook.url}
              </span>
              <IconButton
                label={t('removeWebhook', { url: hook.url })}
                icon={<Trash2 aria-hidden className="size-4" />}
                danger
                onClick={() => setRemoving(hook)}
              />
            </li>
          ))}
        </ul>
      )}
      {adding && <AddWebhookDialog onClose={() => setAdding(false)} onAdded={onChanged} />}
      {removing && (
        <RemoveWebhook hook={removing} onClose={() => setRemoving(null)} onRemoved={onChanged} />
      )}
    </Panel>
  );
}

interface RemoveProps {
  hook: Hook;
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveWebhook({ hook, onClose, onRemoved }: RemoveProps) {
  const t = useTranslations('notifications');
  const common = useTranslations('common');
  const { send, sending, problem } = useSend(RemoveWebhookDocument);
  const remove = async () => {
    if (!(await send({ id: hook.id }))) return;
    onRemoved();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('removeTitle')}
      confirmLabel={common('delete')}
      busy={sending}
      problem={problem}
    >
      <p className="font-mono text-[13px]">{hook.url}</p>
      <p>{t('removeText')}</p>
    </ConfirmDialog>
  );
}
