'use client';

import { useTranslations } from 'next-intl';
import { TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceValues } from './new-place.ts';
import type { PlaceFieldProblems } from './use-save-destination.ts';

export interface PlaceFieldsProps {
  values: PlaceValues;
  fields: PlaceFieldProblems;
  onChange: (part: Partial<PlaceValues>) => void;
}

const EXAMPLE = '/mnt/nas/fiberkeep';

export function FolderFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  return (
    <TextField
      label={t('folder')}
      hint={t('folderHint')}
      placeholder={EXAMPLE}
      value={values.folder}
      onChange={(event) => onChange({ folder: event.target.value })}
      error={fields.folder}
      spellCheck={false}
      required
    />
  );
}
