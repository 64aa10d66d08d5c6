'use client';

import { useTranslations } from 'next-intl';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useNetworkChange } from '#app/data/use-network-change.ts';
import { keptQuery } from '#app/offline/offline-worker.ts';
import { type ElementKind, PostsDocument } from '#generated/graphql/client/graphql.ts';
import { PostWork } from '../../posts/post-work.tsx';

interface Props {
  kind: ElementKind;
  id: string;
  name: string;
}

/** The soonest few; all of it is on the page of posts. */
const SHOWN = 4;

/** What remains to be done on this element, the soonest first. Nothing where there is none. */
export function ElementWork({ kind, id, name }: Props) {
  const t = useTranslations('network.element');
  const list = useConnection(
    PostsDocument,
    { search: null, element: { kind, id }, work: 'OPEN' },
    (data) => data.posts,
    { context: keptQuery },
  );
  useNetworkChange(list.refetch);
  if (list.nodes.length === 0) return null;
  const address = new URLSearchParams({ kind, id, name, work: 'open' });
  return (
    <Panel title={t('openWork')}>
      <ul className="grid gap-3">
        {list.nodes.slice(0, SHOWN).map((post) => (
          <li
            key={post.id}
            className="grid gap-1.5 border-line border-b pb-3 last:border-0 last:pb-0"
          >
            <p className="font-medium text-sm [overflow-wrap:anywhere]">{post.title}</p>
            <PostWork post={post} onChanged={list.refetch} />
          </li>
        ))}
      </ul>
      <Link
        href={`/posts?${address}`}
        className="mt-3 inline-flex min-h-9 items-center font-medium text-accent text-sm underline decoration-accent/40 underline-offset-4 max-sm:min-h-11"
      >
        {t('allWork', { count: list.totalCount })}
      </Link>
    </Panel>
  );
}
