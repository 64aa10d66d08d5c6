'use client';

import { X } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useNarrowing } from './change-filter.ts';
import type { Compare } from './compare-types.ts';
import { useKindWords } from './use-kind-words.ts';
import { useTableNames } from './use-table-names.ts';

interface Props {
  compare: Compare;
  onShowAll: () => void;
}

/** What the list is narrowed to, each part with a button to drop it. */
export function NarrowedTo({ compare, onShowAll }: Props) {
  const t = useTranslations('compare');
  const chips = useChips(compare);
  if (chips.length === 0) return null;
  return (
    <ul aria-label={t('narrowedTo')} className="flex min-w-0 flex-wrap items-center gap-1.5">
      {chips.map(({ label, drop }) => (
        <li key={label} className="min-w-0">
          <button
            type="button"
            aria-label={t('drop', { name: label })}
            onClick={drop}
            className="flex max-w-full items-center gap-1.5 rounded-full bg-accent-soft py-1 pr-2 pl-3 text-accent-strong text-xs hover:ring-1 hover:ring-accent"
          >
            <span className="truncate">{label}</span>
            <X aria-hidden className="size-3 shrink-0" />
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          onClick={onShowAll}
          className="rounded px-1.5 py-1 text-[13px] text-ink-2 hover:text-ink hover:underline"
        >
          {t('showAll')}
        </button>
      </li>
    </ul>
  );
}

function useChips(compare: Compare) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const word = useKindWords(compare.toNow);
  const { manyOf } = useTableNames();
  const [{ kinds, tables, person, day, project }, narrow] = useNarrowing();
  const found = compare.people?.find(({ id }) => id === person);
  const projectName = compare.projects?.find(({ id }) => id === project)?.name;
  const date =
    day && format.dateTime(new Date(`${day}T00:00:00Z`), { dateStyle: 'medium', timeZone: 'UTC' });
  const personName = found?.name ?? t('unknownPerson');
  return [
    ...kinds.map((kind) => ({
      label: word(kind),
      drop: () => narrow({ kinds: kinds.filter((other) => other !== kind) }),
    })),
    ...tables.map((table) => ({
      label: manyOf(table),
      drop: () => narrow({ tables: tables.filter((other) => other !== table) }),
    })),
    ...(project
      ? [{ label: projectName ?? t('unknownProject'), drop: () => narrow({ project: null }) }]
      : []),
    ...(person
      ? [
          {
            label: date ? `${personName}, ${date}` : personName,
            drop: () => narrow({ person: null, day: null }),
          },
        ]
      : []),
  ];
}
