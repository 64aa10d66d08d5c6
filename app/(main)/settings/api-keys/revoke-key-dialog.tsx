'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  type ApiKeyPartsFragment,
  RevokeApiKeyDocument,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  apiKey: ApiKeyPartsFragment;
  onClose: () => void;
  onRevoked: () => void;
}

export function RevokeKeyDialog({ apiKey, onClose, onRevoked }: Props) {
  const t = useTranslations('apiKeys');
  const toast = useToast();
  const { send, sending, problem } = useSend(RevokeApiKeyDocument);
  const { name } = apiKey;
  const revoke = async () => {
    if (!(await send({ id: apiKey.id }))) return;
    toast({ tone: 'good', title: t('revoked', { name }) });
    onRevoked();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void revoke()}
      title={t('revokeTitle', { name })}
      confirmLabel={t('revoke')}
      busy={sending}
      problem={problem}
    >
      <p>
        <code className="font-mono text-[13px]">{apiKey.hint}</code>
      </p>
      <p>{t('revokeText')}</p>
    </ConfirmDialog>
  );
}
