'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { classes } from '#app/components/ui/classes.ts';
import { useBytes } from '#app/components/ui/dates.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import {
  StorageHistoryDocument,
  type StorageHistoryPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { SpaceChart } from './space-chart.tsx';
import { SpaceTable } from './space-table.tsx';

const ranges = [30, 90, 365] as const;

/** A disk that fills later than this needs no warning. */
const FAR_DAYS = 730;

/** What takes space, how it grew, and when the disk will be full. */
export function SpacePanel() {
  const t = useTranslations('space');
  const [days, setDays] = useState<number>(90);
  const [{ data, error, fetching }, read] = useQuery({
    query: StorageHistoryDocument,
    variables: { days },
  });
  useSystemEvent(({ kind }) => {
    if (kind === 'BACKUPS_CHANGED') read({ requestPolicy: 'network-only' });
  });
  const storage = data?.storage;
  return (
    <Panel title={t('title')} text={t('text')} aside={<Ranges days={days} onChange={setDays} />}>
      <ProblemNote problem={error && !data ? problemOf(error) : null} />
      {!storage && fetching && <ProgressBar fraction={null} label={t('reading')} />}
      {storage && (
        <div className="grid gap-5">
          <Forecast storage={storage} />
          <SpaceChart storage={storage} />
          <SpaceTable days={storage.history} />
        </div>
      )}
    </Panel>
  );
}

function Ranges({ days, onChange }: { days: number; onChange: (days: number) => void }) {
  const t = useTranslations('space');
  return (
    <fieldset className="flex gap-0.5 rounded-lg bg-line/60 p-0.5">
      <legend className="sr-only">{t('range')}</legend>
      {ranges.map((range) => (
        <button
          key={range}
          type="button"
          aria-pressed={days === range}
          onClick={() => onChange(range)}
          className={classes(
            'h-7 rounded-md px-2.5 font-medium text-[13px]',
            days === range
              ? 'bg-surface text-ink shadow-raised ring-1 ring-line-strong'
              : 'text-ink-2 hover:text-ink',
          )}
        >
          {t(`ranges.${range}`)}
        </button>
      ))}
    </fieldset>
  );
}

/** A sentence: how fast the space grows, and when the disk will be full. */
function Forecast({ storage }: { storage: StorageHistoryPartsFragment }) {
  const t = useTranslations('space');
  const bytes = useBytes();
  const format = useFormatter();
  const { bytesPerDay, fullAt, daysUntilFull, nextBackupBytes, reserveBytes, missingBytes } =
    storage.forecast;
  const soon = missingBytes == null && daysUntilFull != null && daysUntilFull <= FAR_DAYS;
  const free = storage.freeBytes;
  return (
    <p className="text-pretty text-sm">
      {free != null && storage.totalBytes != null && (
        <>{t('free', { free: bytes(free), total: bytes(storage.totalBytes) })} </>
      )}
      {bytesPerDay != null && <>{t('grows', { size: bytes(bytesPerDay) })} </>}
      {missingBytes != null &&
        t('missing', {
          needed: bytes(nextBackupBytes ?? '0'),
          reserve: bytes(reserveBytes),
          missing: bytes(missingBytes),
        })}
      {fullAt != null &&
        soon &&
        t('fullAt', { date: format.dateTime(new Date(fullAt), { dateStyle: 'long' }) })}
    </p>
  );
}
