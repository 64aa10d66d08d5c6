'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { CreateBackupDocument } from '#generated/graphql/client/graphql.ts';

export function CreateBackupDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('backup');
  const format = useFormatter();
  const { add } = useJobs();
  const { send, sending, problem } = useSend(CreateBackupDocument);
  const [name, setName] = useState(() =>
    t('suggestedName', {
      date: format.dateTime(new Date(), { dateStyle: 'long', timeStyle: 'short' }),
    }),
  );
  const [comment, setComment] = useState('');
  const [includeFiles, setIncludeFiles] = useState(true);
  const create = async () => {
    const answer = await send({ input: { name, comment, includeFiles } });
    if (!answer) return;
    add(answer.createBackup.job);
    onClose();
  };
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void create()}
      title={t('createTitle')}
      description={t('createText')}
      submitLabel={t('create')}
      sending={sending}
      problem={problem}
      fields={['name', 'comment']}
    >
      <TextField
        label={t('name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onFocus={(event) => event.target.select()}
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
        label={t('includeFiles')}
        hint={t('includeFilesHint')}
        checked={includeFiles}
        onChange={setIncludeFiles}
      />
    </FormDialog>
  );
}
