'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
  /** The narrowest screen that shows it; without one it is always shown. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl' | '2xl';
  readonly className?: string;
}

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  loading: boolean;
  /** Buttons at the end of a row. */
  actions?: (row: Row) => ReactNode;
}

const shownFrom = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
  '2xl': 'hidden 2xl:table-cell',
} as const;

/** A table of rows, with placeholders while the first ones load. */
export function DataTable<Row extends { readonly id: string }>(props: Props<Row>) {
  const { label, columns, rows, loading, actions } = props;
  const t = useTranslations('common');
  const first = loading && rows.length === 0;
  return (
    <div
      className="overflow-x-auto rounded-xl bg-surface shadow-raised ring-1 ring-line"
      aria-busy={loading}
    >
      <table className="w-full border-collapse text-left text-sm">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="border-line border-b">
            {columns.map((column) => (
              <th key={column.key} scope="col" className={headClass(column)}>
                {column.header}
              </th>
            ))}
            {actions && (
              <th scope="col" className="w-px px-3 py-2.5">
                <span className="sr-only">{t('actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {first ? (
            <Shimmer columns={columns.length + (actions ? 1 : 0)} />
          ) : (
            rows.map((row) => (
              <tr key={row.id} className="transition-colors duration-75 hover:bg-sunken/70">
                {columns.map((column, index) => (
                  <Cell key={column.key} column={column} row={row} header={index === 0} />
                ))}
                {actions && (
                  <td className="w-px py-1.5 pr-2 pl-1 align-middle sm:pr-3">
                    <div className="flex items-center justify-end">{actions(row)}</div>
                  </td>
                )}
              </tr>
            ))
          )}
        </tbody>
      </table>
    </div>
  );
}

function headClass<Row>(column: Column<Row>): string {
  return classes(
    'whitespace-nowrap px-3 py-2.5 font-medium text-ink-3 text-xs first:pl-4',
    column.align === 'right' && 'text-right',
    column.from && shownFrom[column.from],
  );
}

function Cell<Row>({ column, row, header }: { column: Column<Row>; row: Row; header: boolean }) {
  const Tag = header ? 'th' : 'td';
  return (
    <Tag
      scope={header ? 'row' : undefined}
      className={classes(
        'px-3 py-2.5 align-middle font-normal first:pl-4',
        column.align === 'right' && 'text-right tabular-nums',
        column.from && shownFrom[column.from],
        column.className,
      )}
    >
      {column.cell(row)}
    </Tag>
  );
}

function Shimmer({ columns }: { columns: number }) {
  return ['w-2/3', 'w-1/2', 'w-3/5', 'w-2/5', 'w-1/3'].map((width) => (
    <tr key={width}>
      <td colSpan={columns} className="px-4 py-4">
        <div className={`h-3 animate-breathe rounded bg-line ${width}`} />
      </td>
    </tr>
  ));
}
