'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import type { ScheduleQuery } from '#generated/graphql/client/graphql.ts';
import { useAgo } from '../health/use-ago.ts';
import { outcomeLooks, outcomeOf } from '../nights/outcome.tsx';
import { ZonedMoment } from '../nights/zoned-moment.tsx';

type Schedule = ScheduleQuery['schedule'];

/** The next and the last night, in the schedule's zone and in UTC. */
export function RunsPanel({ schedule }: { schedule: Schedule }) {
  const t = useTranslations('schedule');
  const ago = useAgo();
  const { nextRun, nextBetween, lastRun } = schedule;
  return (
    <Panel title={t('runs')}>
      <dl className="grid gap-5 text-sm">
        <Run label={t('nextRun')}>
          {nextRun ? (
            <>
              <p className="font-medium first-letter:uppercase">{ago(nextRun.at)}</p>
              <Moments at={nextRun.at} timeZone={nextRun.timeZone} />
            </>
          ) : (
            <p className="text-warn">{t('off')}</p>
          )}
        </Run>
        {nextBetween && (
          <Run label={t('nextBetween')}>
            <p className="font-medium first-letter:uppercase">{ago(nextBetween.at)}</p>
            <Moments at={nextBetween.at} timeZone={nextBetween.timeZone} />
          </Run>
        )}
        <Run label={t('lastRun')}>
          {lastRun ? (
            <>
              <LastOutcome night={lastRun} />
              <Moments at={lastRun.scheduled.at} timeZone={lastRun.scheduled.timeZone} />
            </>
          ) : (
            <p className="text-ink-2">{t('noneYet')}</p>
          )}
        </Run>
      </dl>
    </Panel>
  );
}

function LastOutcome({ night }: { night: NonNullable<Schedule['lastRun']> }) {
  const t = useTranslations('nights');
  const outcome = outcomeOf(night);
  const { icon: Icon, look } = outcomeLooks[outcome];
  return (
    <p className="flex items-center gap-2 font-medium">
      <span className={`grid size-5 place-items-center rounded ${look}`}>
        <Icon aria-hidden className="size-3" />
      </span>
      <Link href="/backup/nights" className="underline-offset-4 hover:underline">
        {t(`outcomes.${outcome}`)}
        {night.late && `, ${t('late')}`}
      </Link>
    </p>
  );
}

function Run({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-[13px] text-ink-3">{label}</dt>
      <dd className="mt-0.5 grid gap-0.5">{children}</dd>
    </div>
  );
}

function Moments({ at, timeZone }: { at: string; timeZone: string }) {
  return (
    <>
      <p className="text-ink-2">
        <ZonedMoment at={at} timeZone={timeZone} named />{' '}
        <span className="whitespace-nowrap text-ink-3">{timeZone}</span>
      </p>
      {timeZone !== 'UTC' && (
        <p className="text-ink-2">
          <ZonedMoment at={at} timeZone="UTC" named /> <span className="text-ink-3">UTC</span>
        </p>
      )}
    </>
  );
}
