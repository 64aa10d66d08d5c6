'use client';

import { Archive } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { FolderFields } from '#app/(main)/settings/destinations/folder-fields.tsx';
import { kindIcons } from '#app/(main)/settings/destinations/kind-icons.ts';
import type { PlaceValues } from '#app/(main)/settings/destinations/new-place.ts';
import { PlaceQuestion } from '#app/(main)/settings/destinations/place-question.tsx';
import { S3Fields } from '#app/(main)/settings/destinations/s3-fields.tsx';
import { SftpFields } from '#app/(main)/settings/destinations/sftp-fields.tsx';
import { useShownFields } from '#app/(main)/settings/destinations/use-save-destination.ts';
import { Button } from '#app/components/ui/button.tsx';
import { ChoiceCards } from '#app/components/ui/choice-cards.tsx';
import type { Problem } from '#app/data/problem.ts';
import { ArchiveFields } from './archive-fields.tsx';
import { KitField } from './kit-field.tsx';
import type { SourceValues } from './source-values.ts';

const kinds = ['FOLDER', 'S3', 'SFTP'] as const;

interface Props {
  values: SourceValues;
  onChange: (part: Partial<SourceValues>) => void;
  busy: boolean;
  problem: Problem | null;
  onSubmit: (values: SourceValues) => void;
}

/** The kit, and where the backups lie. */
export function SourceForm(props: Props) {
  const { values, onChange, busy, problem, onSubmit } = props;
  const t = useTranslations('recovery');
  const isWrongKit = problem?.code === 'KIT_UNREADABLE';
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(values);
      }}
    >
      <KitField
        value={values.kit}
        onChange={(kit) => onChange({ kit })}
        problem={isWrongKit ? problem : null}
      />
      <fieldset className="grid min-w-0 gap-4">
        <legend className="mb-2 font-medium text-[13px]">{t('where')}</legend>
        <SourceFields {...props} />
      </fieldset>
      <PlaceQuestion
        problem={isWrongKit ? null : problem}
        saving={busy}
        onTrust={(hostKey) => {
          const trusted = { ...values, place: { ...values.place, hostKey } };
          onChange(trusted);
          onSubmit(trusted);
        }}
        onTakeOver={() => {}}
      />
      <div className="grid gap-2">
        <Button
          type="submit"
          look="primary"
          busy={busy}
          disabled={!isWhole(values)}
          className="h-10"
        >
          {busy ? t('looking') : t('look')}
        </Button>
        <p role="status" className="text-[13px] text-ink-2 empty:hidden">
          {busy ? t('lookingText') : ''}
        </p>
      </div>
    </form>
  );
}

/** A file is no field that the browser asks for by itself. */
function isWhole({ kind, archiveOn, file }: SourceValues): boolean {
  return kind !== 'ARCHIVE' || archiveOn === 'there' || file !== null;
}

function SourceFields({ values, onChange, problem }: Props) {
  const t = useTranslations('recovery');
  const places = useTranslations('destinations');
  const { kind, place } = values;
  const fields = useShownFields(problem, kind === 'ARCHIVE' ? null : { ...place, kind });
  const choices = [
    ...kinds.map((value) => ({
      value,
      icon: kindIcons[value],
      name: places(`kinds.${value}.name`),
      text: places(`kinds.${value}.text`),
    })),
    { value: 'ARCHIVE', icon: Archive, name: t('archive.name'), text: t('archive.text') } as const,
  ];
  const placeProps = {
    values: place,
    fields,
    onChange: (part: Partial<PlaceValues>) => onChange({ place: { ...place, ...part } }),
  };
  return (
    <>
      <ChoiceCards
        label={t('where')}
        value={kind}
        choices={choices}
        onChange={(chosen) => onChange({ kind: chosen })}
        columns={2}
      />
      {kind === 'FOLDER' && <FolderFields {...placeProps} />}
      {kind === 'S3' && <S3Fields {...placeProps} hasSecret={false} />}
      {kind === 'SFTP' && <SftpFields {...placeProps} hasSecret={false} />}
      {kind === 'ARCHIVE' && <ArchiveFields values={values} onChange={onChange} />}
    </>
  );
}
