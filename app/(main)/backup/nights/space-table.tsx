'use client';

import { ChevronRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import { useBytes } from '#app/components/ui/dates.tsx';
import type { StorageDayPartsFragment } from '#generated/graphql/client/graphql.ts';
import { utcDate } from './calendar-days.ts';

const columns = [
  { key: 'addedBytes', head: 'added', wide: false },
  { key: 'backupBytes', head: 'backupBytes', wide: false },
  { key: 'postFileBytes', head: 'postFileBytes', wide: true },
  { key: 'databaseBytes', head: 'databaseBytes', wide: true },
] as const;

/** The numbers of the chart, newest first, for people who cannot read the chart. */
export function SpaceTable({ days }: { days: readonly StorageDayPartsFragment[] }) {
  const t = useTranslations('space');
  if (days.length === 0) return null;
  return (
    <details className="group">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1.5 rounded-md font-medium text-[13px] text-ink-2 hover:text-ink">
        <ChevronRight
          aria-hidden
          className="size-3.5 transition-transform group-open:rotate-90 motion-reduce:transition-none"
        />
        {t('asTable')}
      </summary>
      <div className="mt-3 overflow-hidden rounded-lg ring-1 ring-line">
        <table className="w-full text-left text-sm">
          <caption className="sr-only">{t('title')}</caption>
          <thead className="bg-sunken text-ink-3 text-xs">
            <tr>
              <th scope="col" className="px-3 py-2 font-medium">
                {t('day')}
              </th>
              <th scope="col" className={cellClass(true)}>
                {t('backups')}
              </th>
              {columns.map(({ key, head, wide }) => (
                <th key={key} scope="col" className={cellClass(wide)}>
                  {t(head)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {days.toReversed().map((day) => (
              <DayRow key={day.day} day={day} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function cellClass(wide: boolean): string {
  return classes(
    'whitespace-nowrap px-3 py-1.5 text-right font-medium tabular-nums',
    wide && 'hidden sm:table-cell',
  );
}

function DayRow({ day }: { day: StorageDayPartsFragment }) {
  const bytes = useBytes();
  const format = useFormatter();
  return (
    <tr>
      <th scope="row" className="whitespace-nowrap px-3 py-1.5 font-normal">
        {format.dateTime(utcDate(day.day), { timeZone: 'UTC', dateStyle: 'medium' })}
      </th>
      <td className={`${cellClass(true)} font-normal`}>{format.number(day.backupCount)}</td>
      {columns.map(({ key, wide }) => {
        const size = day[key];
        return (
          <td key={key} className={`${cellClass(wide)} font-normal`}>
            {size == null ? '–' : bytes(size)}
          </td>
        );
      })}
    </tr>
  );
}
