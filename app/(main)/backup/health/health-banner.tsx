'use client';

import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import { Moment } from '#app/components/ui/dates.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { BackupHealthQuery } from '#generated/graphql/client/graphql.ts';

import { AcknowledgeRowsDiffer } from './acknowledge-rows-differ.tsx';

type Problem = BackupHealthQuery['backupHealth']['problems'][number];

/** The page that handles each problem. */
const places: Partial<Record<Problem['code'], string>> = {
  EXTERNAL_DAMAGED: '/settings/destinations',
  EXTERNAL_FAILED: '/settings/destinations',
  EXTERNAL_LOST: '/settings/destinations',
  EXTERNAL_OVERDUE: '/settings/destinations',
  EXTERNAL_UNREADABLE: '/settings/destinations',
  INTRADAY_FAILED: '/backup/schedule',
  NIGHT_FAILED: '/backup/nights',
  NIGHT_MISSED: '/backup/nights',
  OVERDUE: '/backup/nights',
  SCHEDULE_OFF: '/backup/schedule',
  DISK_FULL: '/backup/nights',
  DISK_LOW: '/backup/nights',
};

/**
 * The problems of the backups, worst first. Renders nothing without problems or before the first
 * backup.
 */
export function HealthBanner({ problems }: { problems: readonly Problem[] }) {
  const shown = problems.filter(({ code }) => code !== 'NO_BACKUP');
  if (shown.length === 0) return null;
  return (
    <ul className="grid gap-2">
      {shown.map((problem) => (
        <ProblemRow
          key={`${problem.code} ${problem.backup?.id ?? problem.destinationName}`}
          problem={problem}
        />
      ))}
    </ul>
  );
}

/** The compare that shows far more changes than usual. */
function compareOf({ code, backup }: Problem): string | null {
  if (code !== 'UNUSUAL_CHANGES' || !backup?.changesSince) return null;
  const compared = new URLSearchParams({ from: backup.changesSince, to: backup.id });
  return `/backup/compare/new?${compared}`;
}

function ProblemRow({ problem }: { problem: Problem }) {
  const t = useTranslations('health');
  const { code, level, at, backup, destinationName, error } = problem;
  const textOf = useProblemText();
  const failure = error && textOf(problemOfFailure(error));
  const name = useBackupName();
  const alarm = level === 'ALARM';
  const Icon = alarm ? CircleAlert : TriangleAlert;
  const place = places[code] ?? compareOf(problem);
  return (
    <li
      className={classes(
        'flex flex-wrap items-start gap-x-3 gap-y-2 rounded-xl px-4 py-3',
        alarm ? 'bg-danger-soft text-danger' : 'bg-warn-soft text-warn',
      )}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 basis-64 text-pretty text-sm [overflow-wrap:anywhere]">
        <p className="font-semibold">
          {t(`problems.${code}.title`, {
            name: backup ? name(backup) : (destinationName ?? ''),
          })}
        </p>
        <p>
          {failure ? `${failure.message} ` : ''}
          {t(`problems.${code}.text`)}
          {at && (
            <>
              {' '}
              <span className="whitespace-nowrap opacity-90">
                <Moment at={at} />
              </span>
            </>
          )}
        </p>
      </div>
      {code === 'ROWS_DIFFER' && <AcknowledgeRowsDiffer />}
      {place && (
        <Link
          href={place}
          className="inline-flex h-8 shrink-0 items-center rounded-md bg-surface px-2.5 font-medium text-[13px] text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken"
        >
          {t('look')}
        </Link>
      )}
    </li>
  );
}
