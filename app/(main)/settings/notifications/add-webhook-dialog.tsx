'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CommandLine } from '#app/components/ui/command-line.tsx';
import { Dialog, DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useSend } from '#app/data/use-send.ts';
import { AddWebhookDocument } from '#generated/graphql/client/graphql.ts';

const SCHEME = 'https://';

interface Props {
  onClose: () => void;
  onAdded: () => void;
}

/** Adds a webhook, then shows its signing secret once. */
export function AddWebhookDialog({ onClose, onAdded }: Props) {
  const t = useTranslations('notifications');
  const common = useTranslations('common');
  const { send, sending, problem } = useSend(AddWebhookDocument);
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState('');
  const [added, setAdded] = useState<string | null>(null);
  const add = async () => {
    const given = secret.trim() === '' ? {} : { secret: secret.trim() };
    const answer = await send({ input: { url: url.trim(), ...given } });
    if (!answer) return;
    onAdded();
    setAdded(answer.addWebhook.secret);
  };
  if (added !== null)
    return (
      <Dialog onClose={onClose} title={t('webhookAdded')} description={t('secretOnce')}>
        <DialogBody>
          <CommandLine label={t('signingSecret')} text={added} />
        </DialogBody>
        <DialogFooter>
          <Button look="primary" onClick={onClose}>
            {common('close')}
          </Button>
        </DialogFooter>
      </Dialog>
    );
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void add()}
      title={t('addWebhook')}
      description={t('addWebhookText')}
      submitLabel={common('create')}
      sending={sending}
      problem={problem}
      fields={['url', 'secret']}
    >
      <TextField
        type="url"
        label={t('url')}
        value={url}
        placeholder={SCHEME}
        onChange={(event) => setUrl(event.target.value)}
        error={problem?.fields.url}
        required
      />
      <TextField
        label={t('signingSecret')}
        optional={t('optional')}
        hint={t('signingSecretHint')}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
        error={problem?.fields.secret}
        spellCheck={false}
      />
    </FormDialog>
  );
}
