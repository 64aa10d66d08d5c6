'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { Problem } from '#app/data/problem.ts';
import type { ScheduleQuery } from '#generated/graphql/client/graphql.ts';

const hours = [1, 2, 4, 6, 12];

type Chosen = Pick<ScheduleQuery['schedule'], 'everyHours' | 'keepHours'>;

/** How often a backup is also made between nights, and how long it stays, as typed. */
export function useBetween(schedule: Chosen) {
  const [every, setEvery] = useState(String(schedule.everyHours ?? ''));
  const [keep, setKeep] = useState(String(schedule.keepHours));
  const everyHours = every === '' ? null : Number(every);
  return {
    every,
    setEvery,
    keep,
    setKeep,
    input: everyHours === null ? { everyHours } : { everyHours, keepHours: Number(keep) },
  };
}

interface Props {
  between: ReturnType<typeof useBetween>;
  problem: Problem | null;
}

export function BetweenFields({ between, problem }: Props) {
  const t = useTranslations('schedule');
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_10rem]">
      <SelectField
        label={t('between')}
        hint={t('betweenHint')}
        value={between.every}
        onChange={(event) => between.setEvery(event.target.value)}
        options={[
          { value: '', label: t('betweenNone') },
          ...hours.map((every) => ({
            value: String(every),
            label: t('betweenEvery', { hours: every }),
          })),
        ]}
        error={problem?.fields.everyHours}
      />
      {between.every !== '' && (
        <TextField
          type="number"
          min={1}
          max={10_000}
          step={1}
          label={t('keepHours')}
          value={between.keep}
          onChange={(event) => between.setKeep(event.target.value)}
          error={problem?.fields.keepHours}
          required
        />
      )}
    </div>
  );
}
