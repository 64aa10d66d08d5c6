'use client';

import { useTranslations } from 'next-intl';
import { ChangedFiles } from './changed-files.tsx';
import type { Change, Compare } from './compare-types.ts';
import { FieldValue, PlaceValue } from './field-value.tsx';
import { type Place, placesOf } from './places-of.ts';
import { saidFields, useFieldNames } from './use-field-names.ts';
import { useSideNames } from './use-side-names.ts';

interface Props {
  change: Change;
  compare: Compare;
}

/** Both versions of a row side by side, field by field, and the files of a post. */
export function ChangeDetails({ change, compare }: Props) {
  return (
    <div className="grid gap-4 px-4 pt-1 pb-4 sm:pl-16">
      {change.kind === 'CHANGED' ? (
        <BothSides change={change} compare={compare} />
      ) : (
        <OneSide change={change} compare={compare} />
      )}
      <ChangedFiles change={change} compare={compare} />
    </div>
  );
}

function BothSides({ change, compare }: Props) {
  const t = useTranslations('compare');
  const names = useFieldNames();
  const sides = useSideNames(compare);
  const rows = rowsOf(change);
  if (rows.length === 0) return null;
  return (
    <table className="w-full table-fixed text-[13px]">
      <caption className="sr-only">{t('bothVersions', { name: change.label })}</caption>
      <thead>
        <tr className="text-left text-ink-3 text-xs">
          <th scope="col" className="w-[26%] py-1.5 pr-3 font-medium sm:w-40">
            {t('field')}
          </th>
          <th scope="col" className="truncate py-1.5 pr-3 font-medium" title={sides.from}>
            {compare.toNow ? t('inBackup') : sides.from}
          </th>
          <th scope="col" className="truncate py-1.5 font-medium" title={sides.to}>
            {compare.toNow ? t('now') : sides.to}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line border-line border-t">
        {rows.map((row) => (
          <tr key={row.name} className="align-top [overflow-wrap:anywhere]">
            <th scope="row" className="py-1.5 pr-3 text-left font-normal text-ink-2">
              {names.of(row.name)}
            </th>
            <td className="py-1.5 pr-3">
              <Value row={row} side="before" change={change} />
            </td>
            <td className="py-1.5">
              <Value row={row} side="after" change={change} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A row that only one side has: what it says there. */
function OneSide({ change, compare }: Props) {
  const t = useTranslations('compare');
  const names = useFieldNames();
  const sides = useSideNames(compare);
  const side = change.kind === 'REMOVED' ? 'before' : 'after';
  const rows = rowsOf(change).filter((row) => row.kind === 'place' || !isEmpty(row.field[side]));
  const where =
    side === 'after' ? (compare.toNow ? t('now') : sides.to) : t('in', { name: sides.from });
  return (
    <section aria-label={where} className="text-[13px]">
      <h3 className="py-1.5 text-ink-3 text-xs">{where}</h3>
      <dl className="grid divide-y divide-line border-line border-t sm:grid-cols-[10rem_minmax(0,1fr)]">
        {rows.map((row) => (
          <div key={row.name} className="grid gap-x-3 py-1.5 sm:col-span-2 sm:grid-cols-subgrid">
            <dt className="text-ink-2">{names.of(row.name)}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">
              <Value row={row} side={side} change={change} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type Field = Change['fields'][number];

/** A line of the details: a field, or the place that its coordinates name. */
type Row =
  | { readonly kind: 'field'; readonly name: string; readonly field: Field }
  | { readonly kind: 'place'; readonly name: 'place'; readonly places: Record<Side, Place | null> };

type Side = 'before' | 'after';

function rowsOf(change: Change): Row[] {
  const places = placesOf(change);
  const others = saidFields(change).filter(({ name }) => name !== 'lat' && name !== 'lng');
  return [
    ...others.map((field): Row => ({ kind: 'field', name: field.name, field })),
    ...(places ? [{ kind: 'place' as const, name: 'place' as const, places }] : []),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function Value({ row, side, change }: { row: Row; side: Side; change: Change }) {
  if (row.kind === 'place')
    return (
      <PlaceValue
        place={row.places[side]}
        movedFrom={side === 'after' && change.kind === 'CHANGED' ? row.places.before : null}
      />
    );
  const { field } = row;
  return (
    <FieldValue
      table={change.table}
      column={field.name}
      value={field[side]}
      name={side === 'before' ? field.beforeName : field.afterName}
      hidden={field.hidden}
    />
  );
}
