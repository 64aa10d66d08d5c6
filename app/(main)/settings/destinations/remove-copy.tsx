'use client';

import { useTranslations } from 'next-intl';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { RemoveCopyDocument } from '#generated/graphql/client/graphql.ts';
import type { Copy } from './copy.ts';

/** Asks before a copy is removed: where the backup is no longer here, nothing else of it is left. */
export function RemoveCopy({ copy, onClose }: { copy: Copy; onClose: () => void }) {
  const t = useTranslations('destinations');
  const toast = useToast();
  const { send, sending, problem } = useSend(RemoveCopyDocument);
  const name = useBackupName()(copy);
  const { backupId, destinationId, destinationName: destination } = copy;
  const remove = async () => {
    if (!(await send({ backupId, destinationId }))) return;
    toast({ tone: 'good', title: t('copyRemoved', { name }) });
    onClose();
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void remove()}
      title={t('removeCopyTitle', { name, destination })}
      confirmLabel={t('removeCopy')}
      busy={sending}
      problem={problem}
    >
      <p>{copy.backup ? t('removeCopyText') : t('removeLastCopyText')}</p>
    </ConfirmDialog>
  );
}
