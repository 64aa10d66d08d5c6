'use client';

import { useTranslations } from 'next-intl';
import { ChoiceCards } from '#app/components/ui/choice-cards.tsx';
import type { DestinationKind } from '#generated/graphql/client/graphql.ts';
import { kindIcons } from './kind-icons.ts';

const kinds = ['FOLDER', 'S3', 'SFTP'] as const;

interface Props {
  kind: DestinationKind;
  onChange: (kind: DestinationKind) => void;
}

/** What kind of place it is, on which its fields depend. */
export function KindField({ kind, onChange }: Props) {
  const t = useTranslations('destinations');
  const choices = kinds.map((value) => ({
    value,
    icon: kindIcons[value],
    name: t(`kinds.${value}.name`),
    text: t(`kinds.${value}.text`),
  }));
  return <ChoiceCards label={t('kind')} value={kind} choices={choices} onChange={onChange} />;
}
