'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef } from 'react';
import type { DocumentInput } from 'urql';
import { Avatar } from '#app/components/ui/avatar.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { keptQuery } from '#app/offline/offline-worker.ts';
import {
  BoxHistoryDocument,
  CableHistoryDocument,
  ClientHistoryDocument,
  type ElementKind,
  type HistoryPartsFragment,
  PoleHistoryDocument,
  ProjectHistoryDocument,
} from '#generated/graphql/client/graphql.ts';
import { HistoryField } from './history-field.tsx';

type Entry = HistoryPartsFragment['nodes'][number];

interface HistoryData {
  element?: { id: string; history: HistoryPartsFragment } | null;
}

type HistoryDocument = DocumentInput<
  HistoryData,
  { id: string; first: number; after?: string | null }
>;

const documents: Record<ElementKind, HistoryDocument> = {
  PROJECT: ProjectHistoryDocument,
  POLE: PoleHistoryDocument,
  BOX: BoxHistoryDocument,
  CABLE: CableHistoryDocument,
  CLIENT: ClientHistoryDocument,
};

/** The newest few; people ask for earlier ones. */
const SHOWN = 8;

const none: HistoryPartsFragment = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

interface Props {
  kind: ElementKind;
  id: string;
  /** Counts what was changed on this page: the history is read again. */
  changes: number;
}

/** Who changed what and when, newest first. */
export function HistoryPanel({ kind, id, changes }: Props) {
  const t = useTranslations('network.element');
  const pick = ({ element }: HistoryData) => ({ ...(element?.history ?? none), totalCount: 0 });
  const list = useConnection(documents[kind], { id }, pick, {
    pageSize: SHOWN,
    context: keptQuery,
  });
  const refetch = useRef(list.refetch);
  refetch.current = list.refetch;
  useEffect(() => {
    if (changes > 0) refetch.current();
  }, [changes]);
  return (
    <Panel title={t('history')}>
      <ProblemNote problem={list.problem} />
      {list.phase === 'ready' && list.nodes.length === 0 && (
        <p className="text-pretty text-ink-3 text-sm">{t('noHistory')}</p>
      )}
      <ol className="grid gap-5">
        {list.nodes.map((entry) => (
          <HistoryItem key={entry.id} kind={kind} entry={entry} />
        ))}
      </ol>
      {list.hasMore && (
        <Button
          size="small"
          className="mt-4 max-sm:h-11"
          busy={list.phase === 'loading-more'}
          onClick={list.loadMore}
        >
          {t('earlier')}
        </Button>
      )}
    </Panel>
  );
}

function HistoryItem({ kind, entry }: { kind: ElementKind; entry: Entry }) {
  const t = useTranslations('network.element');
  const authorName = useAuthorName();
  const actor = authorName(entry.actor);
  const b = (words: ReactNode) => <span className="font-medium text-ink">{words}</span>;
  return (
    <li className="flex gap-3">
      <Avatar name={actor} />
      <div className="min-w-0 flex-1">
        <p className="text-ink-2 text-sm leading-5 [overflow-wrap:anywhere]">
          {t.rich(entry.deed, { actor, b })}
          {entry.apiKeyName && (
            <span className="text-ink-3"> {t('viaKey', { name: entry.apiKeyName })}</span>
          )}
        </p>
        <p className="text-ink-3 text-xs leading-5">
          <Moment at={entry.at} />
        </p>
        {entry.deed === 'CHANGED' && <Changes kind={kind} entry={entry} />}
      </div>
    </li>
  );
}

function Changes({ kind, entry }: { kind: ElementKind; entry: Entry }) {
  const t = useTranslations('network.element');
  if (!entry.fields) return <p className="mt-1 text-ink-3 text-xs">{t('notRecorded')}</p>;
  if (entry.fields.length === 0)
    return <p className="mt-1 text-ink-3 text-xs">{t('nothingChanged')}</p>;
  return (
    <dl className="mt-2 grid gap-2 border-line border-l-2 pl-3">
      {entry.fields.map((field) => (
        <HistoryField key={field.name} kind={kind} field={field} />
      ))}
    </dl>
  );
}
