'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { keptQuery } from '#app/offline/offline-worker.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type ElementKind,
  type PostPartsFragment,
  PostsDocument,
} from '#generated/graphql/client/graphql.ts';
import { DeletePost } from '../../posts/delete-post.tsx';
import { PostCard } from '../../posts/post-card.tsx';
import { PostForm } from '../../posts/post-form.tsx';

interface Props {
  kind: ElementKind;
  id: string;
  name: string;
}

type Task = { kind: 'create' } | { kind: 'edit' | 'delete'; post: PostPartsFragment };

/** The newest few; all of them are on the page of posts. */
const SHOWN = 6;

/** What people noted on this element, with photos. */
export function ElementPosts({ kind, id, name }: Props) {
  const t = useTranslations('network.element');
  const may = useMay();
  const [task, setTask] = useState<Task | null>(null);
  const list = useConnection(
    PostsDocument,
    { search: null, element: { kind, id }, work: null },
    (data) => data.posts,
    { context: keptQuery },
  );
  useNetworkChange(list.refetch);
  const close = () => setTask(null);
  const address = new URLSearchParams({ kind, id, name });
  return (
    <Panel
      title={t('posts')}
      aside={
        may('network.edit') && (
          <Button
            size="small"
            className="max-sm:h-11"
            icon={<Plus aria-hidden className="size-4" />}
            onClick={() => setTask({ kind: 'create' })}
          >
            {t('newPost')}
          </Button>
        )
      }
    >
      <ProblemNote problem={list.problem} />
      {list.phase === 'ready' && list.nodes.length === 0 && (
        <p className="text-ink-3 text-sm">{t('noPosts')}</p>
      )}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-4">
        {list.nodes.slice(0, SHOWN).map((post) => (
          <li key={post.id} className="min-w-0">
            <PostCard
              post={post}
              onTask={(what) => setTask({ kind: what, post })}
              onChanged={list.refetch}
            />
          </li>
        ))}
      </ul>
      {list.totalCount > SHOWN && (
        <Link
          href={`/posts?${address}`}
          className="mt-4 inline-flex min-h-9 items-center font-medium text-accent text-sm underline decoration-accent/40 underline-offset-4 max-sm:min-h-11"
        >
          {t('allPosts', { count: list.totalCount })}
        </Link>
      )}
      {task?.kind === 'delete' && (
        <DeletePost post={task.post} onClose={close} onDeleted={list.refetch} />
      )}
      {(task?.kind === 'create' || task?.kind === 'edit') && (
        <PostForm
          post={task.kind === 'edit' ? task.post : null}
          element={{ kind, id, name }}
          onClose={close}
          onSaved={list.refetch}
        />
      )}
    </Panel>
  );
}
