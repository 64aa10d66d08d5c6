'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import {
  type MomentPartsFragment,
  NightsDocument,
  ScheduleDocument,
} from '#generated/graphql/client/graphql.ts';
import { Calendar } from './calendar.tsx';
import { dateIn, daysOfMonth, monthOf } from './calendar-days.ts';
import { NightDetails } from './night-details.tsx';
import { type Night, outcomeLooks, outcomeOf, outcomes } from './outcome.tsx';

/** The calendar of nights, and the details of the selected one. */
export function NightsPanel() {
  const t = useTranslations('nights');
  const [{ data, error }] = useQuery({ query: ScheduleDocument });
  return (
    <Panel title={t('title')} text={t('text')}>
      <ProblemNote problem={error && !data ? problemOf(error) : null} />
      {data ? (
        <Nights timeZone={data.schedule.timeZone} next={data.schedule.nextRun ?? null} />
      ) : (
        !error && <ProgressBar fraction={null} label={t('reading')} />
      )}
    </Panel>
  );
}

interface NightsProps {
  timeZone: string;
  /** When the next night is due; null where the schedule is off. */
  next: MomentPartsFragment | null;
}

function Nights({ timeZone, next }: NightsProps) {
  const today = dateIn(timeZone, new Date());
  const [chosen, setChosen] = useState(today);
  const month = monthOf(chosen);
  const { first, last } = daysOfMonth(month);
  const [{ data, error, fetching }, read] = useQuery({
    query: NightsDocument,
    variables: { from: first, to: last },
  });
  useSystemEvent(({ kind }) => {
    if (kind === 'NIGHTS_CHANGED' || kind === 'BACKUPS_CHANGED')
      read({ requestPolicy: 'network-only' });
  });
  const known = data?.nights.nodes.some(({ localDate }) => monthOf(localDate) === month);
  const unknown = fetching && !known;
  const nights = new Map(
    (data?.nights.nodes ?? [])
      .filter(({ localDate }) => monthOf(localDate) === month)
      .map((night) => [night.localDate, night]),
  );
  return (
    <>
      <ProblemNote problem={error ? problemOf(error) : null} className="mb-4" />
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
        <div>
          <Calendar
            month={month}
            chosen={chosen}
            today={today}
            nights={nights}
            loading={unknown}
            onChoose={setChosen}
          />
          <Legend nights={[...nights.values()]} />
        </div>
        <NightDetails
          day={chosen}
          night={nights.get(chosen)}
          due={next?.localDate === chosen ? next : null}
          loading={unknown}
        />
      </div>
    </>
  );
}

/** What each icon means, and how often it occurs in the month. */
function Legend({ nights }: { nights: readonly Night[] }) {
  const t = useTranslations('nights');
  const count = (outcome: string) => nights.filter((night) => outcomeOf(night) === outcome).length;
  const shown = outcomes.filter((outcome, index) => index < 4 || count(outcome) > 0);
  return (
    <ul
      aria-label={t('legend')}
      className="mt-3 flex flex-wrap gap-x-4 gap-y-1.5 text-ink-2 text-xs"
    >
      {shown.map((outcome) => {
        const { icon: Icon, look } = outcomeLooks[outcome];
        return (
          <li key={outcome} className="flex items-center gap-1.5">
            <span className={`grid size-5 place-items-center rounded ${look}`}>
              <Icon aria-hidden className="size-3" />
            </span>
            {t(`outcomes.${outcome}`)}
            <span className="text-ink-3 tabular-nums">{count(outcome)}</span>
          </li>
        );
      })}
    </ul>
  );
}
