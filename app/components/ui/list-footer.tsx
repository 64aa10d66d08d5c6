'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import type { ConnectionState } from '#app/data/use-connection.ts';
import { Button } from './button.tsx';

/** The number of rows, and a button for more, which also loads when scrolled to. */
export function ListFooter({ list }: { list: ConnectionState<unknown> }) {
  const { hasMore, totalCount } = list;
  const shown = list.nodes.length;
  const loadingMore = list.phase === 'loading-more';
  const t = useTranslations('common');
  const end = useRef<HTMLDivElement>(null);
  const more = useRef(list.loadMore);
  more.current = list.loadMore;
  const waiting = hasMore && !loadingMore;
  useEffect(() => {
    const element = end.current;
    if (!element || !waiting) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) more.current();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [waiting]);
  if (shown === 0) return null;
  return (
    <div
      ref={end}
      className="flex items-center justify-between gap-4 px-1 pt-3 text-[13px] text-ink-3 tabular-nums"
    >
      <span role="status">{t('shown', { shown, total: Math.max(shown, totalCount) })}</span>
      {hasMore && (
        <Button size="small" busy={loadingMore} onClick={list.loadMore}>
          {t('loadMore')}
        </Button>
      )}
    </div>
  );
}
