'use client';

import { CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { RadioGroup } from 'radix-ui';
import { useId, useState } from 'react';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import type { Problem } from '#app/data/problem.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import type { OfferedBackupPartsFragment } from '#generated/graphql/client/graphql.ts';
import type { Offer } from './source-values.ts';

const FIRST = 5;

interface Props {
  offer: Offer;
  busy: boolean;
  problem: Problem | null;
  onBack: () => void;
  onRecover: (backupId: string) => void;
}

/** What the kit opens there: the person chooses the backup that comes back. */
export function OfferStep({ offer, busy, problem, onBack, onRecover }: Props) {
  const t = useTranslations('recovery');
  const [chosen, setChosen] = useState(offer.chosen.id);
  const isArchive = offer.backups[0]?.createdAt == null;
  const { place, unreadable } = offer;
  return (
    <div className="grid gap-5">
      <div className="flex gap-2.5 rounded-lg bg-good-soft px-4 py-3 text-good text-sm">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div role="status" className="min-w-0 [overflow-wrap:anywhere]">
          <p className="font-medium">{t('chooseTitle')}</p>
          <p>
            {isArchive
              ? t('foundArchive', { place })
              : t('found', { count: offer.backups.length, place })}
            {unreadable > 0 && ` ${t('unreadable', { count: unreadable })}`}
          </p>
        </div>
      </div>
      {!isArchive && <BackupChoice offer={offer} chosen={chosen} onChoose={setChosen} />}
      <p className="text-pretty text-ink-2 text-sm">{t('becomes')}</p>
      <ProblemNote problem={problem} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onBack} disabled={busy}>
          {t('back')}
        </Button>
        <Button look="primary" busy={busy} onClick={() => onRecover(chosen)}>
          {t('recoverNow')}
        </Button>
      </div>
    </div>
  );
}

interface ChoiceProps {
  offer: Offer;
  chosen: string;
  onChoose: (id: string) => void;
}

function BackupChoice({ offer, chosen, onChoose }: ChoiceProps) {
  const t = useTranslations('recovery');
  const labelId = useId();
  const [all, setAll] = useState(false);
  const { backups } = offer;
  const isShown = ({ id }: OfferedBackupPartsFragment, at: number) =>
    all || at < FIRST || id === offer.chosen.id;
  const shown = backups.filter(isShown);
  return (
    <div className="grid justify-items-start gap-2">
      <p id={labelId} className="font-medium text-[13px]">
        {t('which')}
      </p>
      <RadioGroup.Root
        aria-labelledby={labelId}
        value={chosen}
        onValueChange={onChoose}
        className="grid max-h-96 w-full gap-1.5 overflow-y-auto p-px"
      >
        {shown.map((backup) => (
          <BackupOption
            key={backup.id}
            backup={backup}
            isSuggested={backup.id === offer.chosen.id}
          />
        ))}
      </RadioGroup.Root>
      {shown.length < backups.length && (
        <Button size="small" look="quiet" onClick={() => setAll(true)}>
          {t('showAll', { count: backups.length })}
        </Button>
      )}
    </div>
  );
}

interface OptionProps {
  backup: OfferedBackupPartsFragment;
  isSuggested: boolean;
}

function BackupOption({ backup, isSuggested }: OptionProps) {
  const t = useTranslations('recovery');
  const name = useBackupName();
  const moment = useMoment();
  const { id, createdAt, includesFiles } = backup;
  const files = includesFiles ? t('withFiles') : t('withoutFiles');
  return (
    <RadioGroup.Item
      value={id}
      className="group flex items-center gap-3 rounded-lg bg-surface px-3.5 py-2.5 text-left ring-1 ring-line-strong ring-inset hover:bg-sunken aria-checked:bg-accent-soft aria-checked:ring-2 aria-checked:ring-accent"
    >
      <span
        aria-hidden
        className="grid size-4 shrink-0 place-items-center rounded-full ring-1 ring-line-strong ring-inset group-aria-checked:bg-accent group-aria-checked:ring-accent"
      >
        <span className="hidden size-1.5 rounded-full bg-on-accent group-aria-checked:block" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{name(backup)}</span>
        <span className="block text-ink-2 text-xs">
          {createdAt ? `${moment(createdAt)}, ${files}` : files}
        </span>
      </span>
      {isSuggested && <Badge tone="accent">{t('suggested')}</Badge>}
    </RadioGroup.Item>
  );
}
