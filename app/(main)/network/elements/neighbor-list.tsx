'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Link } from '#app/components/ui/link.tsx';
import type { ElementKind } from '#generated/graphql/client/graphql.ts';
import { elementHref, elementIcons } from './element-paths.ts';

interface GroupProps<Row extends { id: string }> {
  title?: string;
  /** Undefined while it is read. */
  list: { readonly nodes: readonly Row[]; readonly totalCount: number } | undefined;
  /** What is said where there is none. */
  none: string;
  children: (row: Row) => ReactNode;
}

/** Neighbors of one kind: the first hundred, and how many more there are. */
export function NeighborGroup<Row extends { id: string }>(props: GroupProps<Row>) {
  const { title, list, none, children } = props;
  const t = useTranslations('network.element');
  const more = list ? list.totalCount - list.nodes.length : 0;
  return (
    <div>
      {title && <h3 className="mb-2 font-medium text-ink-2 text-xs">{title}</h3>}
      {!list && <div aria-hidden className="h-11 animate-breathe rounded-lg bg-sunken" />}
      {list?.nodes.length === 0 && <p className="text-ink-3 text-sm">{none}</p>}
      <ul className="grid gap-2 sm:grid-cols-2">
        {list?.nodes.map((row) => (
          <li key={row.id} className="min-w-0">
            {children(row)}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="mt-2 text-ink-3 text-sm">{t('more', { count: more })}</p>}
    </div>
  );
}

interface LinkProps {
  kind: ElementKind;
  element: { readonly id: string; readonly name: string };
  detail: string;
  aside?: ReactNode;
}

/** A link to the page of another element. */
export function NeighborLink({ kind, element, detail, aside }: LinkProps) {
  const Icon = elementIcons[kind];
  return (
    <Link
      href={elementHref(kind, element.id)}
      className="flex min-h-13 min-w-0 items-center gap-3 rounded-lg px-3 py-2 ring-1 ring-line ring-inset hover:bg-sunken hover:ring-line-strong"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-accent" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{element.name}</span>
        <span className="block truncate text-ink-3 text-xs">{detail}</span>
      </span>
      {aside}
    </Link>
  );
}
