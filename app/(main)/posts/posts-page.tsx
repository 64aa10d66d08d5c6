'use client';

import { MessageSquareText, Plus, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Button } from '#app/components/ui/button.tsx';
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
import { useElementFilter } from './element-filter.ts';
import { PostCard } from './post-card.tsx';
import { PostForm } from './post-form.tsx';

type Task = { kind: 'create' } | { kind: 'edit' | 'delete'; post: PostPartsFragment };

/** What people noted on the elements of the network, newest first. */
export function PostsPage() {
  const t = useTranslations('posts');
  const may = useMay();
  const element = useElementFilter();
  const [search, setSearch] = useState('');
  const [task, setTask] = useState<Task | null>(null);
  const filter = {
    search: search === '' ? null : search,
    element: element && { kind: element.kind, id: element.id },
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
          {element && <FilterChip name={element.name} />}
        </div>
        <ProblemNote problem={list.problem} />
        {list.phase === 'loading' && list.nodes.length === 0 && (
          <ProgressBar fraction={null} label={t('loading')} />
        )}
        {nothing && <NoPosts searching={search !== '' || element !== null} />}
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20.5rem),1fr))] gap-4">
          {list.nodes.map((post) => (
            <li key={post.id} className="min-w-0 max-w-2xl">
              <PostCard post={post} onTask={(kind) => setTask({ kind, post })} />
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

function NoPosts({ searching }: { searching: boolean }) {
  const t = useTranslations('posts');
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState
        icon={<MessageSquareText aria-hidden className="size-5" />}
        title={t(searching ? 'noneFound' : 'none')}
      >
        {t('noneText')}
      </EmptyState>
    </div>
  );
}

function FilterChip({ name }: { name: string }) {
  const t = useTranslations('posts');
  return (
    <Link
      href="/posts"
      aria-label={t('showAll')}
      className="inline-flex h-9 max-w-72 items-center gap-2 rounded-md bg-accent-soft px-3 font-medium text-accent-strong text-sm"
    >
      <span className="truncate">{t('of', { name })}</span>
      <X aria-hidden className="size-3.5 shrink-0" />
    </Link>
  );
}
