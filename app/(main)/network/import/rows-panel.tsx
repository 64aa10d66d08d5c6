'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SelectField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import { useConnection } from '#app/data/use-connection.ts';
import { useFieldText } from '#app/data/use-field-text.ts';
import {
  type ImportPartsFragment,
  type ImportRowState,
  ImportRowsDocument,
  type ImportRowsQuery,
} from '#generated/graphql/client/graphql.ts';
import { useFieldNames } from '../../backup/compare/use-field-names.ts';
import { countOf, states } from './counts.ts';

type Row = NonNullable<NonNullable<ImportRowsQuery['import']>['rows']>['nodes'][number];

const tones: Readonly<Record<ImportRowState, Tone>> = {
  NEW: 'good',
  UPDATED: 'accent',
  SAME: 'neutral',
  WRONG: 'danger',
  DUPLICATE: 'warn',
};

const nothing = { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false } };

/** The rows of the file, wrong ones first, with what becomes of each. */
export function RowsPanel({ found }: { found: ImportPartsFragment }) {
  const t = useTranslations('importPage');
  const [state, setState] = useState<ImportRowState | null>(null);
  const variables = { id: found.id, state };
  const list = useConnection(ImportRowsDocument, variables, (data) => data.import?.rows ?? nothing);
  const options = states
    .filter((each) => countOf(found, each) > 0)
    .map((each) => ({ value: each, label: t(`states.${each}`) }));
  return (
    <section aria-label={t('rows')} className="grid grid-cols-1 gap-3">
      <div className="w-full sm:w-56">
        <SelectField
          label={t('rows')}
          hiddenLabel
          value={state ?? ''}
          placeholder={t('allRows')}
          options={options}
          onChange={({ target }) => setState((target.value || null) as ImportRowState | null)}
        />
      </div>
      <ProblemNote problem={list.problem} />
      <RowTable rows={list.nodes} loading={list.phase === 'loading'} />
      <ListFooter list={list} />
    </section>
  );
}

function RowTable({ rows, loading }: { rows: readonly Row[]; loading: boolean }) {
  const t = useTranslations('importPage');
  const kinds = useTranslations('network.kinds');
  const columns: readonly Column<Row>[] = [
    { key: 'name', header: t('name'), cell: (row) => <Named row={row} />, className: 'min-w-32' },
    { key: 'kind', header: t('kind'), cell: ({ kind }) => kinds(kind), from: 'md' },
    { key: 'project', header: t('project'), cell: ({ project }) => project, from: 'lg' },
    {
      key: 'state',
      header: t('state'),
      cell: (row) => <Badge tone={tones[row.state]}>{t(`states.${row.state}`)}</Badge>,
      className: 'align-top sm:align-middle',
    },
    { key: 'why', header: t('why'), cell: (row) => <Why row={row} />, from: 'sm' },
  ];
  return <DataTable label={t('rows')} columns={columns} rows={rows} loading={loading} />;
}

function Named({ row }: { row: Row }) {
  const t = useTranslations('importPage');
  return (
    <div>
      <span className="font-medium [overflow-wrap:anywhere]">{row.name || t('noName')}</span>
      <div className="text-ink-3 text-xs">
        {row.place === null || row.place === undefined
          ? t('named')
          : t('place', { place: row.place })}
      </div>
      <div className="mt-1 sm:hidden">
        <Why row={row} />
      </div>
    </div>
  );
}

/** What is wrong with a row, or what it changes: the value of now, then that of the file. */
function Why({ row }: { row: Row }) {
  const textOf = useFieldText();
  const nameOf = useFieldName();
  const faults = row.faults as readonly (FieldProblem & { path: string })[];
  return (
    <ul className="grid gap-0.5 text-[13px] [overflow-wrap:anywhere]">
      {faults.map((fault) => (
        <li key={`${fault.path} ${fault.reason}`} className="text-danger">
          {nameOf(fault.path)}: {textOf({ ...fault, params: fault.params ?? {}, message: '' })}
        </li>
      ))}
      {row.changes.map(({ name, before, after }) => (
        <li key={name} className="text-ink-2">
          {nameOf(name)}: <del className="text-ink-3">{shown(before)}</del> →{' '}
          <ins className="no-underline">{shown(after)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** What forms call a field, by its name in the API or its column. */
function useFieldName() {
  const t = useTranslations('network.fields');
  const columns = useFieldNames();
  return (path: string) => {
    const column = path.split('.')[0] ?? '';
    const field = column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const key = field as Parameters<typeof t>[0];
    return t.has(key) ? t(key) : columns.of(column);
  };
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return Array.isArray(value) ? value.join(', ') || '–' : String(value);
}
