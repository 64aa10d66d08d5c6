'use client';

import { PencilLine, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Avatar } from '#app/components/ui/avatar.tsx';
import { TagChip } from '#app/components/ui/badge.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import type { PostPartsFragment } from '#generated/graphql/client/graphql.ts';
import { elementHref, elementIcons } from '../network/elements/element-paths.ts';
import { Observation } from './observation.tsx';
import { PostFiles } from './post-files.tsx';
import { PostWork } from './post-work.tsx';

interface Props {
  post: PostPartsFragment;
  onTask: (kind: 'edit' | 'delete') => void;
  /** Its work was done, or opened again. */
  onChanged: () => void;
}

export function PostCard({ post, onTask, onChanged }: Props) {
  const t = useTranslations('posts');
  const may = useMay();
  const authorName = useAuthorName();
  const author = post.createdBy && authorName(post.createdBy);
  return (
    <article className="flex h-full flex-col gap-3 rounded-xl bg-surface p-4 shadow-raised ring-1 ring-line">
      <header className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <ElementLine post={post} />
          <h2 className="mt-1 font-semibold text-[15px] leading-snug [overflow-wrap:anywhere]">
            {post.title}
          </h2>
        </div>
        {may('network.edit') && (
          <div className="-mt-1 -mr-1 flex">
            <IconButton
              label={t('editNamed', { title: post.title })}
              icon={<PencilLine aria-hidden className="size-4" />}
              onClick={() => onTask('edit')}
            />
            <IconButton
              label={t('deleteNamed', { title: post.title })}
              icon={<Trash2 aria-hidden className="size-4" />}
              danger
              onClick={() => onTask('delete')}
            />
          </div>
        )}
      </header>
      <PostWork post={post} onChanged={onChanged} />
      {post.observation && <Observation text={post.observation} />}
      <PostFiles files={post.files} />
      <footer className="mt-auto flex flex-wrap items-center justify-between gap-2 pt-1">
        <div className="flex min-w-0 items-center gap-2 text-ink-3 text-xs">
          {author && <Avatar name={author} className="size-5 text-[9px]" />}
          <span className="truncate">
            {author && `${author} · `}
            <Moment at={post.createdAt} />
          </span>
        </div>
        <div className="flex flex-wrap gap-1">
          {post.tags.map((tag) => (
            <TagChip key={tag.id} name={tag.name} color={tag.color} />
          ))}
        </div>
      </footer>
    </article>
  );
}

function ElementLine({ post }: { post: PostPartsFragment }) {
  const t = useTranslations('posts');
  const { kind, id, name } = post.element;
  const Icon = elementIcons[kind];
  return (
    <p className="flex min-w-0 items-center gap-1.5 text-ink-3 text-xs">
      <Icon aria-hidden className="size-3.5 shrink-0 text-accent" />
      <span className="sr-only">{t(`elementKinds.${kind}`)}</span>
      <Link
        href={elementHref(kind, id)}
        className="truncate rounded-sm hover:text-accent hover:underline"
      >
        {name}
      </Link>
    </p>
  );
}
