'use client';

import { ChevronLeft } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { TagChip } from '#app/components/ui/badge.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { elementIcons, listHref } from './element-paths.ts';
import type { ElementKit, ElementRow } from './kit.ts';
import { StatusBadge } from './status-badge.tsx';

interface Props<Row extends ElementRow, CreateInput, UpdateInput> {
  kit: ElementKit<Row, CreateInput, UpdateInput>;
  row: Row;
  children: ReactNode;
}

/** What it is, how it is called and its status, with what can be done. */
export function ElementHeader<Row extends ElementRow, CreateInput, UpdateInput>(
  props: Props<Row, CreateInput, UpdateInput>,
) {
  const { kit, row, children } = props;
  const t = useTranslations('network.element');
  const Icon = elementIcons[kit.kind];
  const values = kit.values(row).text;
  return (
    <header className="mb-6">
      <Link
        href={listHref(kit.kind)}
        className="-ml-1.5 mb-2 inline-flex min-h-8 items-center gap-1 rounded-md py-1 pr-2 pl-1 text-[13px] text-ink-2 hover:text-ink max-sm:min-h-11"
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t(`allOf.${kit.kind}`)}
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="flex min-w-0 items-start gap-3.5">
          <span
            aria-hidden
            className="mt-0.5 grid size-11 shrink-0 place-items-center rounded-xl bg-accent-soft text-accent"
          >
            <Icon className="size-5" />
          </span>
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-3 text-xs">
              <span className="font-medium">{t(`kind.${kit.kind}`)}</span>
              {kit.fields.map(
                (field) =>
                  field.type === 'select' && (
                    <StatusBadge key={field.name} field={field} value={values[field.name] ?? ''} />
                  ),
              )}
              {row.tags.map((tag) => (
                <TagChip key={tag.id} name={tag.name} color={tag.color} />
              ))}
            </div>
            <h1 className="mt-1 text-balance font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">
              {row.name}
            </h1>
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-2">{children}</div>
      </div>
    </header>
  );
}
