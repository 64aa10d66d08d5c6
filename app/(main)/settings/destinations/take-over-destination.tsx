'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  type DestinationPartsFragment,
  UpdateDestinationDocument,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  destination: DestinationPartsFragment;
  onClose: () => void;
  onTaken: () => void;
}

export function TakeOverDestination({ destination, onClose, onTaken }: Props) {
  const t = useTranslations('destinations');
  const toast = useToast();
  const { send, sending, problem } = useSend(UpdateDestinationDocument);
  const { id, name } = destination;
  const takeOver = async () => {
    if (!(await send({ id, input: {}, takeOver: true }))) return;
    toast({ tone: 'good', title: t('takenOver', { name }) });
    onTaken();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void takeOver()}
      title={t('takeOverTitle', { name })}
      confirmLabel={t('takeOver')}
      busy={sending}
      problem={problem}
    >
      {t('takeOverText')}
    </ConfirmDialog>
  );
}
