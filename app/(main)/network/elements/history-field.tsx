'use client';

import { ArrowRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { ElementKind, HistoryPartsFragment } from '#generated/graphql/client/graphql.ts';

type Field = NonNullable<HistoryPartsFragment['nodes'][number]['fields']>[number];

/** A field that somebody changed, as it was before and after. */
export function HistoryField({ kind, field }: { kind: ElementKind; field: Field }) {
  const t = useTranslations('network');
  const name = formName(kind, field.name);
  const key = `fields.${name}` as Parameters<typeof t>[0];
  const label =
    name === 'tagIds'
      ? t('tags')
      : name === 'path'
        ? t('element.route')
        : t.has(key)
          ? t(key)
          : name;
  return (
    <div>
      <dt className="text-ink-3 text-xs">{label}</dt>
      <dd className="flex flex-wrap items-baseline gap-x-1.5 text-[13px] leading-5 [overflow-wrap:anywhere]">
        <span className="text-ink-3">
          <span className="sr-only">{t('element.before')} </span>
          <FieldText name={name} value={field.before} />
        </span>
        <ArrowRight aria-hidden className="size-3 shrink-0 self-center text-ink-3" />
        <span className="text-ink">
          <span className="sr-only">{t('element.after')} </span>
          <FieldText name={name} value={field.after} />
        </span>
      </dd>
    </div>
  );
}

/** The form names the types of boxes and cables apart from the free text of a pole's. */
function formName(kind: ElementKind, name: string): string {
  if (name !== 'type') return name;
  return kind === 'BOX' ? 'boxType' : kind === 'CABLE' ? 'cableType' : name;
}

const optionGroups: Readonly<Record<string, string>> = {
  licensingStatus: 'licensing',
  deploymentStatus: 'deployment',
  boxType: 'boxType',
  cableType: 'cableType',
  status: 'clientStatus',
};

function FieldText({ name, value }: { name: string; value: unknown }): ReactNode {
  const t = useTranslations('network');
  const format = useFormatter();
  if (value === null || value === undefined || value === '') return t('element.empty');
  if (Array.isArray(value))
    return value.length === 0 ? t('element.empty') : format.list(value.map(String));
  if (typeof value === 'number') {
    if (name === 'path') return t('element.points', { count: value });
    return format.number(value, { maximumFractionDigits: 6 });
  }
  const option = `options.${optionGroups[name]}.${value}` as Parameters<typeof t>[0];
  return t.has(option) ? t(option) : String(value);
}
