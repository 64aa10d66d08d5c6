'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';
import { FolderFields } from './folder-fields.tsx';
import { KindField } from './kind-field.tsx';
import { MoreFields } from './more-fields.tsx';
import { newPlace, type PlaceValues } from './new-place.ts';
import { PlaceQuestion } from './place-question.tsx';
import { placeValues } from './place-values.ts';
import { S3Fields } from './s3-fields.tsx';
import { SftpFields } from './sftp-fields.tsx';
import { useSaveDestination } from './use-save-destination.ts';

interface Props {
  /** Null: a new one. */
  destination: DestinationPartsFragment | null;
  onClose: () => void;
  onSaved: () => void;
}

/** Adds or changes a destination. The server tests its place before it keeps anything. */
export function DestinationDialog({ destination, onClose, onSaved }: Props) {
  const t = useTranslations('destinations');
  const common = useTranslations('common');
  const [values, setValues] = useState(() => (destination ? placeValues(destination) : newPlace));
  const change = (part: Partial<PlaceValues>) => setValues((now) => ({ ...now, ...part }));
  const { save, saving, problem, fields } = useSaveDestination(destination, () => {
    onSaved();
    onClose();
  });
  const place = { values, fields, onChange: change };
  const idle = destination ? common('save') : t('add');
  return (
    <FormDialog
      onClose={onClose}
      onSubmit={() => void save(values)}
      title={destination ? t('editTitle', { name: destination.name }) : t('addTitle')}
      description={destination ? undefined : t('addText')}
      submitLabel={saving ? t('testing') : idle}
      sending={saving}
      problem={null}
      fields={[]}
    >
      {!destination && <KindField kind={values.kind} onChange={(kind) => change({ kind })} />}
      <TextField
        label={t('name')}
        hint={t('nameHint')}
        value={values.name}
        onChange={(event) => change({ name: event.target.value })}
        error={fields.name}
        required
      />
      {values.kind === 'FOLDER' && <FolderFields {...place} />}
      {values.kind === 'S3' && <S3Fields {...place} hasSecret={destination?.hasSecret ?? false} />}
      {values.kind === 'SFTP' && (
        <SftpFields {...place} hasSecret={destination?.hasSecret ?? false} />
      )}
      <MoreFields {...place} />
      <PlaceQuestion
        problem={problem}
        saving={saving}
        onTrust={(hostKey) => {
          change({ hostKey });
          void save({ ...values, hostKey });
        }}
        onTakeOver={() => void save(values, { takeOver: true })}
      />
      {saving && (
        <p role="status" className="text-[13px] text-ink-2">
          {t('testingText')}
        </p>
      )}
    </FormDialog>
  );
}
