'use client';

import { CloudCheck, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';

type Copy = BackupPartsFragment['copies'][number];

const MOST_SHOWN = 3;

/** Where a backup is beside this server, in one line. */
export function CopyBadges({ copies }: { copies: readonly Copy[] }) {
  const t = useTranslations('copies');
  if (copies.length === 0) return null;
  const more = copies.length - MOST_SHOWN;
  // Its own width must not widen the table.
  return (
    <ul aria-label={t('label')} className="mt-1 flex w-0 min-w-full gap-1 overflow-hidden">
      {copies.slice(0, MOST_SHOWN).map((copy) => (
        <CopyBadge key={copy.destinationId} copy={copy} alone={copies.length === 1} />
      ))}
      {more > 0 && <li className="text-ink-3 text-xs">{t('andMore', { count: more })}</li>}
    </ul>
  );
}

interface BadgeProps {
  copy: Copy;
  /** Several share the line: their icons say what was tested. */
  alone: boolean;
}

function CopyBadge({ copy, alone }: BadgeProps) {
  const t = useTranslations('copies');
  const { destinationName: name, testedAt, testFailedAt } = copy;
  const Icon = testFailedAt ? ShieldAlert : testedAt ? ShieldCheck : CloudCheck;
  const note = testFailedAt ? t('testFailed') : testedAt ? t('tested') : null;
  return (
    <li
      title={note ? `${name} · ${note}` : name}
      className={classes(
        'inline-flex min-w-0 items-center gap-1 rounded-full px-2 py-px font-medium text-xs ring-1 ring-line ring-inset',
        testFailedAt ? 'bg-danger-soft text-danger' : 'bg-sunken text-ink-2',
      )}
    >
      <Icon
        aria-hidden
        className={classes('size-3 shrink-0', testedAt && !testFailedAt && 'text-good')}
      />
      <span className="truncate">
        {name}
        {note && <span className={alone ? undefined : 'sr-only'}> · {note}</span>}
      </span>
    </li>
  );
}
