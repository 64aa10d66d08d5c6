'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import {
  type BackupPartsFragment,
  DeleteBackupDocument,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  backup: BackupPartsFragment;
  onClose: () => void;
  onChanged: () => void;
}

export function DeleteBackupDialog({ backup, onClose, onChanged }: Props) {
  const t = useTranslations('backup');
  const authorName = useAuthorName();
  const name = useBackupName()(backup);
  const toast = useToast();
  const { id, pinned } = backup;
  const { send, sending, problem } = useSend(DeleteBackupDocument);
  const remove = async () => {
    if (!(await send({ id, evenPinned: pinned }))) return;
    toast({ tone: 'good', title: t('deleted', { name }) });
    onChanged();
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('deleteTitle', { name })}
      confirmLabel={t(pinned ? 'deletePinnedConfirm' : 'deleteConfirm')}
      busy={sending}
      problem={problem}
    >
      <p>
        {authorName(backup.author)} · <Moment at={backup.createdAt} />
      </p>
      {pinned && <p>{t('deletePinned')}</p>}
      <p>{t('deleteText')}</p>
    </ConfirmDialog>
  );
}
