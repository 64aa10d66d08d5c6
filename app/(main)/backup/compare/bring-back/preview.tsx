'use client';

import { ChevronRight, FileWarning } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { ToldRowPartsFragment } from '#generated/graphql/client/graphql.ts';
import { Mark, type Meaning } from '../change-looks.tsx';
import type { BringBackPreview } from '../compare-types.ts';
import { useFieldNames } from '../use-field-names.ts';
import { useTableNames } from '../use-table-names.ts';
import { countsOf, isWritten, otherDeeds, writtenDeeds } from './written.ts';

const meanings: Record<(typeof writtenDeeds)[number], Meaning> = {
  CREATE: 'gain',
  UPDATE: 'change',
  REMOVE: 'loss',
};

/** What would be written, and all that a person may not expect of it. */
export function Preview({ preview }: { preview: BringBackPreview }) {
  const t = useTranslations('bringBack');
  return (
    <>
      {preview.counts.some(isWritten) ? (
        <Written preview={preview} />
      ) : (
        <p className="rounded-lg bg-sunken px-3 py-2.5 text-ink-2 text-sm">{t('nothing')}</p>
      )}
      {preview.missingFiles > 0 && (
        <p className="flex gap-3 rounded-lg bg-warn-soft px-3 py-2.5 text-sm text-warn">
          <FileWarning aria-hidden className="mt-0.5 size-4 shrink-0" />
          {t('missingFiles', { count: preview.missingFiles })}
        </p>
      )}
      <Told preview={preview} />
      <LeftAlone preview={preview} />
    </>
  );
}

function Written({ preview }: { preview: BringBackPreview }) {
  const t = useTranslations('bringBack');
  return (
    <dl className="grid gap-3 rounded-lg bg-sunken px-4 py-3.5 text-sm">
      {writtenDeeds.map((deed) => {
        const counts = countsOf(preview.counts, deed);
        if (counts.length === 0) return null;
        return (
          <div key={deed} className="grid gap-x-4 gap-y-1.5 sm:grid-cols-[11rem_minmax(0,1fr)]">
            <dt className="flex items-center gap-2 font-medium">
              <Mark meaning={meanings[deed]} />
              {t(`written.${deed}`)}
            </dt>
            <dd>
              <TableCounts counts={counts} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

/** “Poles 3 · Boxes 2” */
export function TableCounts({
  counts,
}: {
  counts: readonly { readonly table: string; readonly count: number }[];
}) {
  const format = useFormatter();
  const { manyOf } = useTableNames();
  return (
    <ul className="flex flex-wrap gap-1.5">
      {counts.map(({ table, count }) => (
        <li
          key={table}
          className="inline-flex items-center gap-1.5 rounded-full bg-surface px-2.5 py-px text-ink-2 text-xs ring-1 ring-line ring-inset"
        >
          {manyOf(table)}
          <span className="font-medium text-ink tabular-nums">{format.number(count)}</span>
        </li>
      ))}
    </ul>
  );
}

function Told({ preview }: { preview: BringBackPreview }) {
  const t = useTranslations('bringBack');
  const { columns } = useFieldNames();
  const blockedBy = useBlockedText();
  return (
    <>
      <Rows title={t('needed', { count: preview.needed.length })} rows={preview.needed}>
        {(row) => row.causeLabel && t('because', { name: row.causeLabel })}
      </Rows>
      <Rows title={t('emptied', { count: preview.emptied.length })} rows={preview.emptied}>
        {(row) => columns(row.columns)}
      </Rows>
      <Rows title={t('kept', { count: preview.kept.length })} rows={preview.kept}>
        {(row) => columns(row.columns)}
      </Rows>
      <Rows title={t('blocked', { count: preview.blocked.length })} rows={preview.blocked} warn>
        {blockedBy}
      </Rows>
    </>
  );
}

/** Why nothing is done to a row. */
function useBlockedText(): (row: ToldRowPartsFragment) => string {
  const t = useTranslations('bringBack');
  const { manyOf } = useTableNames();
  return ({ blockedBy }) => {
    if (blockedBy === 'CHANGED') return t('blockedByChange');
    if (blockedBy === 'SKIPPED') return t('blockedByChoice');
    return t('blockedByTable', { what: blockedBy ? manyOf(blockedBy) : '' });
  };
}

interface RowsProps {
  title: string;
  rows: readonly ToldRowPartsFragment[];
  warn?: boolean;
  children: (row: ToldRowPartsFragment) => ReactNode;
}

/** Rows that a person would not expect, closed until they want to know which. */
function Rows({ title, rows, warn, children }: RowsProps) {
  const { oneOf } = useTableNames();
  if (rows.length === 0) return null;
  return (
    <details className="group rounded-lg ring-1 ring-line">
      <summary
        className={`flex cursor-pointer list-none items-center gap-2 rounded-lg px-4 py-2.5 text-sm hover:bg-sunken ${warn ? 'text-warn' : ''}`}
      >
        <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-3 group-open:rotate-90" />
        {title}
      </summary>
      <ul className="max-h-56 divide-y divide-line overflow-y-auto border-line border-t text-[13px]">
        {rows.map((row) => (
          <li
            key={`${row.table} ${row.id}`}
            className="flex flex-wrap items-baseline gap-x-3 px-4 py-1.5 [overflow-wrap:anywhere]"
          >
            <span>
              <span className="text-ink-3">{oneOf(row.table)}</span> {row.label}
            </span>
            <span className="ml-auto text-ink-3">{children(row)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is chosen and needs nothing, or gets nothing. */
function LeftAlone({ preview }: { preview: BringBackPreview }) {
  const t = useTranslations('bringBack');
  const told = otherDeeds.flatMap((deed) => {
    const counts = countsOf(preview.counts, deed);
    const count = counts.reduce((sum, one) => sum + one.count, 0);
    return count > 0 && deed !== 'BLOCKED' ? [t(`left.${deed}`, { count })] : [];
  });
  if (told.length === 0) return null;
  return <p className="text-[13px] text-ink-3">{told.join(' ')}</p>;
}
