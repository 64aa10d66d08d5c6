'use client';

import { MessageSquareText, Plus, X } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type PostPartsFragment, PostsDocument } from '#generated/graphql/client/graphql.ts';
import { DeletePost } from './delete-post.tsx';
import { type ElementFilter, useElementFilter } from './element-filter.ts';
import { PostCard } from './post-card.tsx';
import { PostForm } from './post-form.tsx';

type Task = { kind: 'create' } | { kind: 'edit' | 'delete'; post: PostPartsFragment };

/** What people noted on the elements of the network, newest first. */
export function PostsPage() {
  const t = useTranslations('posts');
  const may = useMay();
  const element = useElementFilter();
  const onlyOpen = useSearchParams().get('work') === 'open';
  const [search, setSearch] = useState('');
  const [task, setTask] = useState<Task | null>(null);
  const filter = {
    search: search === '' ? null : search,
    element: element && { kind: element.kind, id: element.id },
    work: onlyOpen ? ('OPEN' as const) : null,
  };
  const list = useConnection(PostsDocument, filter, (data) => data.posts);
  useNetworkChange(list.refetch);
  const close = () => setTask(null);
  const nothing = list.phase === 'ready' && list.nodes.length === 0 && !list.problem;
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        {may('network.edit') && (
          <Button
            look="primary"
            icon={<Plus aria-hidden className="size-4" />}
            onClick={() => setTask({ kind: 'create' })}
          >
            {t('create')}
          </Button>
        )}
      </PageHeader>
      <div className="grid gap-4">
        <div className="flex flex-wrap items-center gap-3">
          <SearchField label={t('search')} value={search} onChange={setSearch} />
          <WorkFilter onlyOpen={onlyOpen} element={element} />
          {element && (
            <FilterChip name={element.name} href={onlyOpen ? '/posts?work=open' : '/posts'} />
          )}
        </div>
        <ProblemNote problem={list.problem} />
        {list.phase === 'loading' && list.nodes.length === 0 && (
          <ProgressBar fraction={null} label={t('loading')} />
        )}
        {nothing && <NoPosts searching={search !== '' || element !== null} onlyOpen={onlyOpen} />}
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20.5rem),1fr))] gap-4">
          {list.nodes.map((post) => (
            <li key={post.id} className="min-w-0 max-w-2xl">
              <PostCard
                post={post}
                onTask={(kind) => setTask({ kind, post })}
                onChanged={list.refetch}
              />
            </li>
          ))}
        </ul>
        <ListFooter list={list} />
      </div>
      {task?.kind === 'delete' && (
        <DeletePost post={task.post} onClose={close} onDeleted={list.refetch} />
      )}
      {(task?.kind === 'create' || task?.kind === 'edit') && (
        <PostForm
          post={task.kind === 'edit' ? task.post : null}
          element={element}
          onClose={close}
          onSaved={list.refetch}
        />
      )}
    </>
  );
}

function NoPosts({ searching, onlyOpen }: { searching: boolean; onlyOpen: boolean }) {
  const t = useTranslations('posts');
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState
        icon={<MessageSquareText aria-hidden className="size-5" />}
        title={t(onlyOpen ? 'work.none' : searching ? 'noneFound' : 'none')}
      >
        {t(onlyOpen ? 'work.noneText' : 'noneText')}
      </EmptyState>
    </div>
  );
}

/** All posts, or open work alone, each with an address of its own. */
function WorkFilter({ onlyOpen, element }: { onlyOpen: boolean; element: ElementFilter | null }) {
  const t = useTranslations('posts.work');
  const hrefOf = (work: string | null) => {
    const address = new URLSearchParams({ ...element, ...(work && { work }) }).toString();
    return address === '' ? '/posts' : `/posts?${address}`;
  };
  const views = [
    { label: t('all'), href: hrefOf(null), isOn: !onlyOpen },
    { label: t('open'), href: hrefOf('open'), isOn: onlyOpen },
  ];
  return (
    <nav aria-label={t('filter')} className="inline-flex rounded-lg bg-sunken p-1">
      {views.map(({ label, href, isOn }) => (
        <Link
          key={href}
          href={href}
          aria-current={isOn ? 'page' : undefined}
          className={classes(
            'inline-flex min-h-8 items-center rounded-md px-3 font-medium text-sm max-sm:min-h-11',
            isOn ? 'bg-surface text-ink shadow-raised' : 'text-ink-2 hover:text-ink',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

function FilterChip({ name, href }: { name: string; href: string }) {
  const t = useTranslations('posts');
  return (
    <Link
      href={href}
      aria-label={t('showAll')}
      className="inline-flex h-9 max-w-72 items-center gap-2 rounded-md bg-accent-soft px-3 font-medium text-accent-strong text-sm"
    >
      <span className="truncate">{t('of', { name })}</span>
      <X aria-hidden className="size-3.5 shrink-0" />
    </Link>
  );
}
