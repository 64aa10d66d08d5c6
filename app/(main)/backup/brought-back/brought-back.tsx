'use client';

import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { sourceOf, useAskUndo } from '#app/components/change-sets/undo-change-set.tsx';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { type Column, DataTable } from '#app/components/ui/data-table.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type ChangeSetPartsFragment,
  ChangeSetsDocument,
} from '#generated/graphql/client/graphql.ts';
import { TableCounts } from '../compare/bring-back/preview.tsx';
import { countsOf, writtenDeeds } from '../compare/bring-back/written.ts';

type ChangeSet = ChangeSetPartsFragment;

/** What was brought back, newest first, and how to undo it. */
export function BroughtBack() {
  const t = useTranslations('broughtBack');
  const list = useConnection(ChangeSetsDocument, {}, (data) => data.changeSets);
  useSystemEvent(({ kind }) => {
    if (kind === 'CHANGE_SETS_CHANGED' || kind === 'PLANT_SWAPPED') list.refetch();
  });
  if (list.phase === 'ready' && list.nodes.length === 0 && !list.problem)
    return (
      <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
        <EmptyState icon={<Undo2 aria-hidden className="size-5" />} title={t('none')}>
          {t('noneText')}
        </EmptyState>
      </div>
    );
  return (
    <div className="grid grid-cols-1 gap-4">
      <ProblemNote problem={list.problem} />
      <ChangeSetTable sets={list.nodes} loading={list.phase === 'loading'} />
      <ListFooter list={list} />
    </div>
  );
}

function ChangeSetTable({ sets, loading }: { sets: readonly ChangeSet[]; loading: boolean }) {
  const t = useTranslations('broughtBack');
  const authorName = useAuthorName();
  const columns: readonly Column<ChangeSet>[] = [
    { key: 'from', header: t('from'), cell: (set) => <From set={set} />, className: 'min-w-0' },
    { key: 'what', header: t('what'), cell: (set) => <What set={set} />, from: 'md' },
    {
      key: 'author',
      header: t('by'),
      cell: ({ author }) => authorName(author),
      from: 'lg',
      className: 'text-ink-2',
    },
    {
      key: 'at',
      header: t('at'),
      cell: ({ appliedAt, createdAt }) => <Moment at={appliedAt ?? createdAt} />,
      from: 'lg',
      className: 'whitespace-nowrap text-ink-2',
    },
  ];
  return (
    <DataTable
      label={t('title')}
      columns={columns}
      rows={sets}
      loading={loading}
      actions={(set) => <Actions set={set} />}
    />
  );
}

function From({ set }: { set: ChangeSet }) {
  const t = useTranslations('broughtBack');
  const authorName = useAuthorName();
  const name = useRestoredName()(set);
  return (
    <div className="min-w-28 max-w-80">
      <div className="flex flex-wrap items-center gap-2">
        <span className="line-clamp-2 font-medium [overflow-wrap:anywhere]">{name}</span>
        {set.status === 'UNDONE' && <Badge>{t('undone')}</Badge>}
      </div>
      <div className="mt-0.5 text-ink-3 text-xs lg:hidden">
        {authorName(set.author)} · <Moment at={set.appliedAt ?? set.createdAt} />
      </div>
      <div className="mt-1.5 md:hidden">
        <What set={set} />
      </div>
      {set.undoneAt && set.undoneBy && (
        <div className="mt-0.5 text-ink-3 text-xs">
          {t.rich('undoneBy', {
            name: authorName(set.undoneBy),
            date: () => <Moment at={set.undoneAt ?? set.createdAt} />,
          })}
        </div>
      )}
    </div>
  );
}

function What({ set }: { set: ChangeSet }) {
  const t = useTranslations('bringBack');
  return (
    <dl className="grid gap-1">
      {writtenDeeds.map((deed) => {
        const counts = countsOf(set.counts, deed);
        if (counts.length === 0) return null;
        return (
          <div key={deed} className="flex flex-wrap items-center gap-1.5">
            <dt className="text-ink-3 text-xs">{t(`written.${deed}`)}</dt>
            <dd>
              <TableCounts counts={counts} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Actions({ set }: { set: ChangeSet }) {
  const t = useTranslations('undoBroughtBack');
  const may = useMay();
  const ask = useAskUndo();
  const name = useRestoredName()(set);
  if (!set.canUndo || !may('backup.restore')) return null;
  return (
    <Button
      size="small"
      aria-label={t('undoNamed', { name, from: sourceOf(set) })}
      icon={<Undo2 aria-hidden className="size-3.5" />}
      onClick={() => ask(set)}
    >
      {t('undo')}
    </Button>
  );
}
