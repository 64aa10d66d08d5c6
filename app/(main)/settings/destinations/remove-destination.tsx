'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  DeleteDestinationDocument,
  type DestinationPartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  destination: DestinationPartsFragment;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveDestination({ destination, onClose, onRemoved }: Props) {
  const t = useTranslations('destinations');
  const toast = useToast();
  const { send, sending, problem } = useSend(DeleteDestinationDocument);
  const { id, name, url } = destination;
  const remove = async () => {
    if (!(await send({ id }))) return;
    toast({ tone: 'good', title: t('removed', { name }) });
    onRemoved();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('removeTitle', { name })}
      confirmLabel={t('remove')}
      busy={sending}
      problem={problem}
    >
      <p className="font-mono text-[13px]">{url}</p>
      <p>{t('removeText')}</p>
    </ConfirmDialog>
  );
}
