'use client';

import { useTranslations } from 'next-intl';
import {
  type BackupPartsFragment,
  DeleteBackupDocument,
} from '../../../generated/graphql/client/graphql.ts';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { Moment } from '../../components/ui/dates.tsx';
import { useToast } from '../../components/ui/toast.tsx';
import { useSend } from '../../data/use-send.ts';

interface Props {
  backup: BackupPartsFragment;
  onClose: () => void;
  onChanged: () => void;
}

export function DeleteBackupDialog({ backup, onClose, onChanged }: Props) {
  const t = useTranslations('backup');
  const toast = useToast();
  const { send, sending, problem } = useSend(DeleteBackupDocument);
  const remove = async () => {
    if (!(await send({ id: backup.id }))) return;
    toast({ tone: 'good', title: t('deleted', { name: backup.name }) });
    onChanged();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name: backup.name })}
      confirmLabel={t('deleteConfirm')}
      busy={sending}
      problem={problem}
    >
      <p>
        {backup.author.name} · <Moment at={backup.createdAt} />
      </p>
      <p>{t('deleteText')}</p>
    </ConfirmDialog>
  );
}
