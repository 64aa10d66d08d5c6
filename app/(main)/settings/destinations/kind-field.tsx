'use client';

import { useTranslations } from 'next-intl';
import { RadioGroup } from 'radix-ui';
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
  return (
    <RadioGroup.Root
      aria-label={t('kind')}
      value={kind}
      onValueChange={(value) => onChange(value as DestinationKind)}
      className="grid gap-2 sm:grid-cols-3"
    >
      {kinds.map((value) => {
        const Icon = kindIcons[value];
        return (
          <RadioGroup.Item
            key={value}
            value={value}
            className="flex items-start gap-3 rounded-lg bg-surface p-3 text-left ring-1 ring-line-strong ring-inset hover:bg-sunken aria-checked:bg-accent-soft aria-checked:ring-2 aria-checked:ring-accent sm:flex-col sm:gap-1.5"
          >
            <Icon aria-hidden className="mt-0.5 size-4.5 shrink-0 text-accent" />
            <span>
              <span className="block font-medium text-sm">{t(`kinds.${value}.name`)}</span>
              <span className="block text-pretty text-ink-2 text-xs">
                {t(`kinds.${value}.text`)}
              </span>
            </span>
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}
