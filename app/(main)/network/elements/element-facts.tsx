'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { elementHref } from './element-paths.ts';
import type { ElementKit, ElementRow, FieldSpec, MadeRow, RefKind } from './kit.ts';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  row: Row & MadeRow;
}

/** They have a place of their own on the page. */
const ELSEWHERE = ['name', 'lat', 'lng'];

/** The fields of an element, and who made and changed it. */
export function ElementFacts<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, row } = props;
  const t = useTranslations('network');
  const values = kit.values(row);
  const format = useFormatter();
  const fields = kit.fields.filter(({ name }) => !ELSEWHERE.includes(name));
  const isFilled = ({ name }: FieldSpec) => Boolean(values.text[name] || values.refs[name]);
  const filled = fields.filter(isFilled);
  const labelOf = ({ name }: FieldSpec) => t(`fields.${name}` as Parameters<typeof t>[0]);
  const empty = fields.filter((field) => !isFilled(field)).map(labelOf);
  return (
    <Panel title={t('element.details')}>
      <dl className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {filled.map((field) => (
          <div key={field.name} className={isWide(field) ? 'min-w-0 sm:col-span-2' : 'min-w-0'}>
            <dt className="text-ink-3 text-xs">{labelOf(field)}</dt>
            <dd className="mt-0.5 text-sm [overflow-wrap:anywhere]">
              {field.type === 'ref' ? (
                <Reference kind={field.to} choice={values.refs[field.name] ?? null} />
              ) : (
                <Value field={field} value={values.text[field.name] ?? ''} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      {empty.length > 0 && (
        <p className="mt-4 text-[13px] text-ink-3">
          {t('element.notFilled', { fields: format.list(empty) })}
        </p>
      )}
      <MadeAndChanged row={row} />
    </Panel>
  );
}

const isWide = (field: FieldSpec) =>
  field.type === 'area' || (field.type === 'text' && !field.half);

const kinds = { project: 'PROJECT', pole: 'POLE', box: 'BOX', cable: 'CABLE' } as const;

function Reference({
  kind,
  choice,
}: {
  kind: RefKind;
  choice: { id: string; name: string } | null;
}) {
  if (!choice) return null;
  return (
    <Link
      href={elementHref(kinds[kind], choice.id)}
      className="font-medium text-accent underline decoration-accent/40 underline-offset-4 hover:decoration-accent"
    >
      {choice.name}
    </Link>
  );
}

function Value({ field, value }: { field: FieldSpec; value: string }): ReactNode {
  const t = useTranslations('network.options');
  const format = useFormatter();
  if (field.type === 'select') return t(`${field.group}.${value}` as Parameters<typeof t>[0]);
  if (field.name === 'lengthMeters')
    return format.number(Number(value), { style: 'unit', unit: 'meter', maximumFractionDigits: 1 });
  if (field.type === 'number' || field.type === 'port')
    return <span className="tabular-nums">{format.number(Number(value))}</span>;
  return <span className="whitespace-pre-line">{value}</span>;
}

function MadeAndChanged({ row }: { row: ElementRow & MadeRow }) {
  const t = useTranslations('network.element');
  const moment = useMoment();
  const authorName = useAuthorName();
  const told = (
    by: MadeRow['createdBy'],
    at: string,
    [known, unknown]: readonly ['made' | 'changed', 'madeUnknown' | 'changedUnknown'],
  ) =>
    by ? t(known, { when: moment(at), name: authorName(by) }) : t(unknown, { when: moment(at) });
  return (
    <p className="mt-5 border-line border-t pt-3 text-ink-3 text-xs leading-5">
      {told(row.createdBy, row.createdAt, ['made', 'madeUnknown'])}
      {row.updatedAt !== row.createdAt && (
        <> · {told(row.updatedBy, row.updatedAt, ['changed', 'changedUnknown'])}</>
      )}
    </p>
  );
}
