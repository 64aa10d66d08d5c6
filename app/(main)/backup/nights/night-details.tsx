'use client';

import { Clock } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import { useBytes, useDuration } from '#app/components/ui/dates.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { MomentPartsFragment } from '#generated/graphql/client/graphql.ts';
import { SinceBefore } from '../since-before.tsx';
import { utcDate } from './calendar-days.ts';
import { type Night, type Outcome, outcomeLooks, outcomeOf } from './outcome.tsx';
import { ZonedMoment } from './zoned-moment.tsx';

const tones: Record<Outcome, Tone> = {
  tested: 'good',
  made: 'accent',
  failed: 'danger',
  missed: 'warn',
  running: 'neutral',
  waiting: 'warn',
};

interface Props {
  day: string;
  night: Night | undefined;
  /** When the backup of this day is due; null where none is to come. */
  due: MomentPartsFragment | null;
  /** The nights are still loading. */
  loading: boolean;
}

/** The details of one night. */
export function NightDetails({ day, night, due, loading }: Props) {
  const t = useTranslations('nights');
  const format = useFormatter();
  const date = format.dateTime(utcDate(day), { timeZone: 'UTC', dateStyle: 'full' });
  return (
    <section aria-label={date} className="min-w-0">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-semibold text-sm first-letter:uppercase">{date}</h3>
        {night && <Outcomes night={night} />}
      </div>
      {night ? (
        <Facts night={night} />
      ) : (
        <p className="mt-3 text-ink-2 text-sm">{loading ? t('reading') : <Nothing due={due} />}</p>
      )}
    </section>
  );
}

function Nothing({ due }: Pick<Props, 'due'>) {
  const t = useTranslations('nights');
  if (!due) return t('nothingText');
  return t.rich('dueText', {
    at: () => <ZonedMoment at={due.at} timeZone={due.timeZone} />,
  });
}

function Outcomes({ night }: { night: Night }) {
  const t = useTranslations('nights');
  const outcome = outcomeOf(night);
  const { icon: Icon } = outcomeLooks[outcome];
  return (
    <>
      <Badge tone={tones[outcome]}>
        <Icon aria-hidden className="size-3" />
        {t(`outcomes.${outcome}`)}
      </Badge>
      {night.late && (
        <Badge tone="warn">
          <Clock aria-hidden className="size-3" />
          {t('late')}
        </Badge>
      )}
    </>
  );
}

function Facts({ night }: { night: Night }) {
  const t = useTranslations('nights');
  const duration = useDuration();
  const seconds =
    night.startedAt && night.endedAt
      ? (Date.parse(night.endedAt) - Date.parse(night.startedAt)) / 1000
      : null;
  const zone = night.scheduled.timeZone;
  return (
    <>
      <dl className="mt-2 grid divide-y divide-line text-sm sm:grid-cols-[8rem_minmax(0,1fr)]">
        <Fact label={t('scheduled')}>
          <ZonedMoment at={night.scheduled.at} timeZone={zone} />
        </Fact>
        {night.startedAt && (
          <Fact label={t('began')}>
            <ZonedMoment at={night.startedAt} timeZone={zone} />
          </Fact>
        )}
        {seconds !== null && night.status === 'SUCCEEDED' && (
          <Fact label={t('took')}>{duration(seconds)}</Fact>
        )}
        {night.attempts > 1 && <Fact label={t('attempts')}>{night.attempts}</Fact>}
        {night.nextAttemptAt && (
          <Fact label={t('nextAttempt')}>
            <ZonedMoment at={night.nextAttemptAt} timeZone={zone} />
          </Fact>
        )}
        {night.testedAt && (
          <Fact label={t('testedAt')}>
            <ZonedMoment at={night.testedAt} timeZone={zone} />
          </Fact>
        )}
        <BackupFact night={night} />
        {night.backup?.changes && (
          <Fact label={t('changes')}>
            <SinceBefore changes={night.backup.changes} />
          </Fact>
        )}
      </dl>
      {night.error && night.status !== 'SUCCEEDED' && (
        <ProblemNote problem={problemOfFailure(night.error)} className="mt-3" />
      )}
      {night.status === 'MISSED' && (
        <p className="mt-3 text-pretty text-ink-2 text-sm">{t('missedText')}</p>
      )}
    </>
  );
}

function BackupFact({ night }: { night: Night }) {
  const t = useTranslations('nights');
  const bytes = useBytes();
  const format = useFormatter();
  const authorName = useAuthorName();
  const backupName = useBackupName();
  const { backup, removedAt, removedBy } = night;
  if (removedAt)
    return (
      <Fact label={t('backup')}>
        {t('removed', {
          name: removedBy ? authorName(removedBy) : '',
          date: format.dateTime(new Date(removedAt), { dateStyle: 'medium' }),
        })}
      </Fact>
    );
  if (!backup) return null;
  return (
    <Fact label={t('backup')}>
      <Link
        href={`/backup?backup=${backup.id}`}
        className="font-medium text-accent underline-offset-4 hover:underline"
      >
        {backupName(backup)}
      </Link>{' '}
      <span className="text-ink-3">
        {backup.archiveExact ? '' : '≈ '}
        {bytes(backup.archiveSize)}
      </span>
    </Fact>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 py-2 sm:col-span-2 sm:grid-cols-subgrid">
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
