'use client';

import { ChevronLeft, ChevronRight, Clock } from 'lucide-react';
import { useFormatter, useLocale, useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { classes } from '#app/components/ui/classes.ts';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import {
  addDays,
  addMonths,
  earlier,
  monthOf,
  sameDayIn,
  utcDate,
  weekStartOf,
  weeksOf,
} from './calendar-days.ts';
import { type Night, type Outcome, outcomeLooks, outcomeOf } from './outcome.tsx';

interface Props {
  /** YYYY-MM */
  month: string;
  /** The day whose night is shown beside the calendar. */
  chosen: string;
  today: string;
  nights: ReadonlyMap<string, Night>;
  loading: boolean;
  onChoose: (day: string) => void;
}

const UTC = { timeZone: 'UTC' } as const;

/**
 * A month of nights, with the keys of the WAI-ARIA date picker (APG). Tab reaches one day of it.
 */
export function Calendar(props: Props) {
  const { month, chosen, today, nights, loading, onChoose } = props;
  const format = useFormatter();
  const weeks = weeksOf(month, weekStartOf(useLocale()));
  const { grid, onKeyDown } = useGridKeys(chosen, today, onChoose);
  const title = format.dateTime(utcDate(`${month}-01`), { ...UTC, month: 'long', year: 'numeric' });
  return (
    <div className="min-w-0">
      <MonthHeader
        title={title}
        isLast={addMonths(month, 1) > monthOf(today)}
        onMove={(months) => onChoose(earlier(sameDayIn(chosen, months), today))}
      />
      <table
        ref={grid}
        aria-label={title}
        aria-busy={loading}
        className="w-full table-fixed border-separate border-spacing-1"
      >
        <WeekdayNames week={weeks[0] ?? []} />
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <td key={day} className="p-0">
                  {monthOf(day) === month && (
                    <DayButton
                      day={day}
                      night={nights.get(day)}
                      chosen={day === chosen}
                      isToday={day === today}
                      future={day > today}
                      loading={loading}
                      onChoose={onChoose}
                      onKeyDown={onKeyDown}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderProps {
  title: string;
  isLast: boolean;
  onMove: (months: number) => void;
}

function MonthHeader({ title, isLast, onMove }: HeaderProps) {
  const t = useTranslations('nights');
  return (
    <div className="mb-3 flex items-center justify-between">
      <h3 aria-live="polite" className="font-semibold text-sm first-letter:uppercase">
        {title}
      </h3>
      <div className="flex">
        <IconButton
          label={t('previousMonth')}
          icon={<ChevronLeft aria-hidden className="size-4" />}
          onClick={() => onMove(-1)}
        />
        <IconButton
          label={t('nextMonth')}
          icon={<ChevronRight aria-hidden className="size-4" />}
          unavailable={isLast}
          onClick={() => onMove(1)}
        />
      </div>
    </div>
  );
}

function WeekdayNames({ week }: { week: readonly string[] }) {
  const format = useFormatter();
  return (
    <thead>
      <tr>
        {week.map((day) => (
          <th key={day} scope="col" className="pb-1 font-medium text-ink-3 text-xs">
            <span aria-hidden>{format.dateTime(utcDate(day), { ...UTC, weekday: 'short' })}</span>
            <span className="sr-only">
              {format.dateTime(utcDate(day), { ...UTC, weekday: 'long' })}
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface DayProps {
  day: string;
  night: Night | undefined;
  chosen: boolean;
  isToday: boolean;
  future: boolean;
  loading: boolean;
  onChoose: (day: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function DayButton(props: DayProps) {
  const { day, night, chosen, isToday, future, onChoose, onKeyDown } = props;
  const outcome = night && outcomeOf(night);
  const words = useDayWords(props);
  return (
    <button
      type="button"
      data-day={day}
      aria-label={words}
      aria-current={isToday ? 'date' : undefined}
      aria-pressed={chosen}
      tabIndex={chosen ? 0 : -1}
      disabled={future}
      onClick={() => onChoose(day)}
      onKeyDown={onKeyDown}
      className={classes(
        'relative flex h-14 w-full flex-col items-center justify-center gap-1 rounded-lg text-xs tabular-nums',
        outcome ? outcomeLooks[outcome].look : future ? 'text-ink-3/60' : 'bg-sunken text-ink-3',
        chosen && 'ring-2 ring-accent',
        !chosen && !future && 'hover:ring-1 hover:ring-line-strong',
      )}
    >
      <span
        className={classes('leading-none', isToday && 'font-bold underline underline-offset-4')}
      >
        {Number(day.slice(8))}
      </span>
      <Sign outcome={outcome} />
      {night?.late && <Clock aria-hidden className="absolute top-1 right-1 size-3" />}
    </button>
  );
}

/** The date and the outcome of its night, for screen readers. */
function useDayWords({ day, night, future, loading }: DayProps): string {
  const t = useTranslations('nights');
  const format = useFormatter();
  const date = format.dateTime(utcDate(day), { ...UTC, dateStyle: 'long' });
  if (night)
    return `${date}: ${t(`outcomes.${outcomeOf(night)}`)}${night.late ? `, ${t('late')}` : ''}`;
  return `${date}: ${t(future ? 'toCome' : loading ? 'reading' : 'nothing')}`;
}

function Sign({ outcome }: { outcome: Outcome | undefined }) {
  if (!outcome) return <span aria-hidden className="size-4" />;
  const { icon: Icon } = outcomeLooks[outcome];
  const turns = outcome === 'running' && 'motion-safe:animate-spin';
  return <Icon aria-hidden className={classes('size-4', turns)} />;
}

const steps: Record<string, (day: string) => string> = {
  ArrowLeft: (day) => addDays(day, -1),
  ArrowRight: (day) => addDays(day, 1),
  ArrowUp: (day) => addDays(day, -7),
  ArrowDown: (day) => addDays(day, 7),
  PageUp: (day) => sameDayIn(day, -1),
  PageDown: (day) => sameDayIn(day, 1),
};

/** Arrow keys move the selection and the focus, also into a month not shown yet. */
function useGridKeys(chosen: string, today: string, onChoose: (day: string) => void) {
  const grid = useRef<HTMLTableElement>(null);
  const follow = useRef(false);
  useEffect(() => {
    if (!follow.current) return;
    follow.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-day="${chosen}"]`)?.focus();
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const day = step(chosen);
    if (day > today) return;
    follow.current = true;
    onChoose(day);
  };
  return { grid, onKeyDown };
}
