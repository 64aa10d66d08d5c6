'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { TagChip } from '#app/components/ui/badge.tsx';
import type { Column } from '#app/components/ui/data-table.tsx';
import { Day } from '#app/components/ui/dates.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { elementHref } from './element-paths.ts';
import type { ElementKind, ElementRow } from './kit.ts';

const MOST_TAGS = 2;

/** The columns that every kind has: name first; tags, posts and last change last. */
export function useSharedColumns<Row extends ElementRow>(kind: ElementKind) {
  const t = useTranslations('network');
  const authorName = useAuthorName();
  const name: Column<Row> = {
    key: 'name',
    header: t('fields.name'),
    cell: (row) => (
      <Link
        href={elementHref(kind, row.id)}
        className="line-clamp-2 min-w-24 max-w-80 rounded-sm font-medium text-ink underline decoration-transparent underline-offset-4 [overflow-wrap:anywhere] hover:text-accent hover:decoration-accent/50 sm:min-w-36"
        title={row.name}
      >
        {row.name}
      </Link>
    ),
  };
  const rest: readonly Column<Row>[] = [
    { key: 'tags', header: t('tags'), cell: (row) => <Tags row={row} />, from: 'xl' },
    {
      key: 'posts',
      header: t('posts'),
      cell: (row) => <PostCount row={row} kind={kind} />,
      align: 'right',
      from: 'sm',
    },
    {
      key: 'updatedAt',
      header: t('updated'),
      cell: (row) => (
        <div className="whitespace-nowrap leading-tight">
          <div className="text-ink-2">
            <Day at={row.updatedAt} />
          </div>
          {row.updatedBy && (
            <div className="max-w-40 truncate text-ink-3 text-xs">{authorName(row.updatedBy)}</div>
          )}
        </div>
      ),
      from: '2xl',
    },
  ];
  return { name, rest };
}

function Tags({ row }: { row: ElementRow }) {
  const more = row.tags.length - MOST_TAGS;
  return (
    <div className="flex max-w-56 flex-wrap gap-1">
      {row.tags.slice(0, MOST_TAGS).map((tag) => (
        <TagChip key={tag.id} name={tag.name} color={tag.color} />
      ))}
      {more > 0 && (
        <span
          className="text-ink-3 text-xs"
          title={row.tags
            .slice(MOST_TAGS)
            .map((tag) => tag.name)
            .join(', ')}
        >
          +{more}
        </span>
      )}
    </div>
  );
}

function PostCount({ row, kind }: { row: ElementRow; kind: ElementKind }) {
  const t = useTranslations('network');
  const format = useFormatter();
  const address = new URLSearchParams({ kind, id: row.id, name: row.name });
  return (
    <Link
      href={`/posts?${address}`}
      aria-label={t('postsOf', { count: row.postCount, name: row.name })}
      className="rounded text-ink-2 underline decoration-line-strong underline-offset-4 hover:text-accent hover:decoration-accent"
    >
      {format.number(row.postCount)}
    </Link>
  );
}
