'use client';

import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { TagsDocument } from '#generated/graphql/client/graphql.ts';
import { classes } from './classes.ts';

interface Props {
  tagIds: readonly string[];
  onChange: (tagIds: string[]) => void;
}

/** All tags, each of which can be switched on or off. */
export function TagPicker({ tagIds, onChange }: Props) {
  const t = useTranslations('tags');
  const [{ data }] = useQuery({ query: TagsDocument });
  const tags = data?.tags ?? [];
  if (tags.length === 0) return null;
  const toggle = (id: string) =>
    onChange(tagIds.includes(id) ? tagIds.filter((other) => other !== id) : [...tagIds, id]);
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-[13px]">{t('title')}</legend>
      <div className="flex max-h-32 flex-wrap gap-1.5 overflow-y-auto p-0.5">
        {tags.map((tag) => {
          const chosen = tagIds.includes(tag.id);
          return (
            <button
              key={tag.id}
              type="button"
              aria-pressed={chosen}
              onClick={() => toggle(tag.id)}
              className={classes(
                'inline-flex max-w-48 items-center gap-1.5 rounded-full px-2.5 py-1 text-xs ring-inset',
                chosen
                  ? 'bg-accent-soft text-accent-strong ring-2 ring-accent'
                  : 'text-ink-2 ring-1 ring-line-strong hover:bg-sunken',
              )}
            >
              <span
                aria-hidden
                className="size-2 shrink-0 rounded-full ring-1 ring-line-strong"
                style={{ backgroundColor: tag.color }}
              />
              <span className="truncate">{tag.name}</span>
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
