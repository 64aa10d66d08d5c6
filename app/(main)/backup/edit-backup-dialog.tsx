'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type BackupPartsFragment,
  UpdateBackupDocument,
} from '#generated/graphql/client/graphql.ts';
import { mayChangePin } from './may-change-pin.ts';

interface Props {
  backup: BackupPartsFragment;
  onClose: () => void;
  onChanged: () => void;
}

export function EditBackupDialog({ backup, onClose, onChanged }: Props) {
  const t = useTranslations('backup');
  const common = useTranslations('common');
  const { send, sending, problem } = useSend(UpdateBackupDocument);
  const [shownName] = useState(useBackupName()(backup));
  const [name, setName] = useState(shownName);
  const [comment, setComment] = useState(backup.comment);
  const mayPin = mayChangePin(backup, useMay());
  const [pinned, setPinned] = useState(backup.pinned);
  const save = async () => {
    // An unchanged name from the server is not saved, so it stays translatable.
    const renamed = name === shownName ? {} : { name };
    if (!(await send({ id: backup.id, input: { ...renamed, comment, pinned } }))) return;
    onChanged();
    onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save()}
      title={t('editTitle')}
      submitLabel={common('save')}
      sending={sending}
      problem={problem}
      fields={['name', 'comment']}
    >
      <TextField
        label={t('name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      <TextAreaField
        label={t('comments')}
        optional={t('optional')}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
        error={problem?.fields.comment}
      />
      <CheckField
        label={t('pinned')}
        hint={mayPin ? t('pinnedHint') : t('unpinHint')}
        checked={pinned}
        disabled={!mayPin}
        onChange={setPinned}
      />
    </FormDialog>
  );
}
