'use client';

import { ChevronDown, SlidersHorizontal } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useId, useState } from 'react';
import { classes } from '#app/components/ui/classes.ts';
import { ChangeCounts } from './change-counts.tsx';
import { toggled, useNarrowing } from './change-filter.ts';
import type { Compare } from './compare-types.ts';
import { type Counts, sumOf } from './sums.ts';
import { useTableNames } from './use-table-names.ts';

const FIRST_SHOWN = 8;

/** The totals per kind of thing, project, person and day. Each narrows the list. On small screens behind a button. */
export function Facets({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="min-w-0 lg:sticky lg:top-6">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="flex h-10 w-full items-center gap-2 rounded-lg bg-surface px-4 font-medium text-sm ring-1 ring-line hover:bg-sunken lg:hidden"
      >
        <SlidersHorizontal aria-hidden className="size-4 text-ink-3" />
        {t('narrow')}
        <ChevronDown
          aria-hidden
          className={classes('ml-auto size-4 text-ink-3', open && 'rotate-180')}
        />
      </button>
      <div
        id={id}
        className={classes('mt-3 gap-5 lg:mt-0 lg:grid', open ? 'grid sm:grid-cols-2' : 'hidden')}
      >
        <Things compare={compare} />
        <Projects compare={compare} />
        <People compare={compare} />
      </div>
    </div>
  );
}

function Things({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const [{ tables }, narrow] = useNarrowing();
  const { manyOf } = useTableNames();
  const totals = [...(compare.totals ?? [])].sort((a, b) => total(b) - total(a));
  return (
    <Group title={t('byThing')}>
      {totals.map((counts) => (
        <Facet
          key={counts.table}
          label={manyOf(counts.table)}
          counts={counts}
          toNow={compare.toNow}
          pressed={tables.includes(counts.table)}
          onPress={() => narrow({ tables: toggled(tables, counts.table) })}
        />
      ))}
    </Group>
  );
}

function total(counts: Counts): number {
  const { added, changed, removed } = sumOf([counts]);
  return added + changed + removed;
}

function Projects({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const [{ project }, narrow] = useNarrowing();
  const projects = compare.projects ?? [];
  if (!projects.some(({ id }) => id)) return null;
  return (
    <Group title={t('byProject')}>
      {projects.map(({ id, name, ...counts }) => (
        <Facet
          key={id ?? ''}
          label={id ? (name ?? t('unknownProject')) : t('noProject')}
          counts={counts}
          toNow={compare.toNow}
          pressed={id !== null && project === id}
          onPress={id ? () => narrow({ project: project === id ? null : id }) : null}
        />
      ))}
    </Group>
  );
}

function People({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const [{ person, day }, narrow] = useNarrowing();
  const people = compare.people ?? [];
  if (!people.some(({ id }) => id)) return null;
  const dateOf = (date: string) =>
    format.dateTime(new Date(`${date}T00:00:00Z`), { dateStyle: 'medium', timeZone: 'UTC' });
  return (
    <Group title={t('byPerson')}>
      {people.flatMap(({ id, name, days, ...counts }) => [
        <Facet
          key={id ?? ''}
          label={id ? (name ?? t('unknownPerson')) : t('noPerson')}
          counts={counts}
          toNow={compare.toNow}
          pressed={id !== null && person === id && day === null}
          onPress={
            id
              ? () => narrow({ person: person === id && day === null ? null : id, day: null })
              : null
          }
        />,
        ...(id
          ? days.map((one) => (
              <Facet
                key={`${id} ${one.day}`}
                inset
                label={dateOf(one.day)}
                name={`${name ?? t('unknownPerson')}, ${dateOf(one.day)}`}
                counts={one}
                toNow={compare.toNow}
                pressed={person === id && day === one.day}
                onPress={() =>
                  narrow(
                    person === id && day === one.day
                      ? { person: null, day: null }
                      : { person: id, day: one.day },
                  )
                }
              />
            ))
          : []),
      ])}
    </Group>
  );
}

/** A list of totals: the first few, the others on demand. */
function Group({ title, children }: { title: string; children: readonly ReactNode[] }) {
  const t = useTranslations('compare');
  const id = useId();
  const [all, setAll] = useState(false);
  const hidden = children.length - FIRST_SHOWN;
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h2 id={id} className="mb-1.5 px-2 font-medium text-ink-3 text-xs">
        {title}
      </h2>
      <ul className="grid gap-px">{all ? children : children.slice(0, FIRST_SHOWN)}</ul>
      {hidden > 0 && (
        <button
          type="button"
          aria-expanded={all}
          onClick={() => setAll(!all)}
          className="mt-1 rounded px-2 py-1 text-[13px] text-accent hover:underline"
        >
          {all ? t('fewer') : t('more', { count: hidden })}
        </button>
      )}
    </section>
  );
}

interface FacetProps {
  label: string;
  /** For screen readers, where the label alone says too little. */
  name?: string;
  counts: Counts;
  toNow: boolean;
  pressed: boolean;
  /** Null: the list cannot be narrowed to it. */
  onPress: (() => void) | null;
  inset?: boolean;
}

function Facet({ label, name, counts, toNow, pressed, onPress, inset }: FacetProps) {
  const content = (
    <>
      <span className="min-w-0 flex-1 truncate" title={label}>
        <span aria-hidden={name ? true : undefined}>{label}</span>
        {name && <span className="sr-only">{name}</span>}
      </span>
      <ChangeCounts counts={counts} toNow={toNow} />
    </>
  );
  const look = classes(
    'flex min-h-8 w-full items-center gap-3 rounded-md px-2 py-1 text-left text-[13px]',
    inset ? 'pl-5 text-ink-2' : 'text-ink',
  );
  return (
    <li>
      {onPress ? (
        <button
          type="button"
          aria-pressed={pressed}
          onClick={onPress}
          className={classes(
            look,
            pressed
              ? 'bg-accent-soft font-medium ring-1 ring-accent ring-inset'
              : 'hover:bg-line/60',
          )}
        >
          {content}
        </button>
      ) : (
        <span className={classes(look, 'text-ink-3')}>{content}</span>
      )}
    </li>
  );
}
