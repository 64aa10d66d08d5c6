'use client';

import { useTranslations } from 'next-intl';
import { DropZone } from '#app/(main)/backup/upload/drop-zone.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { useBytes } from '#app/components/ui/dates.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { SourceValues } from './source-values.ts';

interface Props {
  values: SourceValues;
  onChange: (part: Partial<SourceValues>) => void;
}

const places = ['here', 'there'] as const;
const EXAMPLE = '/root/2026-11-22.tar.gz.doz';

/** A downloaded archive, on this computer or on the server. */
export function ArchiveFields({ values, onChange }: Props) {
  const t = useTranslations('recovery');
  const { archiveOn, file, path } = values;
  return (
    <>
      <SelectField
        label={t('archiveOn')}
        value={archiveOn}
        onChange={(event) => onChange({ archiveOn: event.target.value as 'here' | 'there' })}
        options={places.map((value) => ({ value, label: t(`archivePlaces.${value}`) }))}
      />
      {archiveOn === 'there' && (
        <TextField
          label={t('archivePath')}
          placeholder={EXAMPLE}
          value={path}
          onChange={(event) => onChange({ path: event.target.value })}
          spellCheck={false}
          required
        />
      )}
      {archiveOn === 'here' && !file && (
        <DropZone label={t('archiveDrop')} onFile={(chosen) => onChange({ file: chosen })} />
      )}
      {archiveOn === 'here' && file && (
        <ChosenFile file={file} onOther={() => onChange({ file: null })} />
      )}
    </>
  );
}

function ChosenFile({ file, onOther }: { file: File; onOther: () => void }) {
  const t = useTranslations('recovery');
  const bytes = useBytes();
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg bg-surface px-4 py-3 ring-1 ring-line-strong ring-inset">
      <p className="min-w-0 text-sm [overflow-wrap:anywhere]">
        {t('archiveChosen', { name: file.name, size: bytes(file.size) })}
      </p>
      <Button size="small" onClick={onOther}>
        {t('archiveOther')}
      </Button>
    </div>
  );
}
