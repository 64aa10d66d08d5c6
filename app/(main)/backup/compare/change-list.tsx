'use client';

import { X } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckBox } from '#app/components/ui/check-field.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useMay } from '#app/session/me-context.tsx';
import { CompareChangesDocument } from '#generated/graphql/client/graphql.ts';
import { BringBackBar } from './bring-back/bring-back-bar.tsx';
import { filterOf, nothingNarrowed, useNarrowing } from './change-filter.ts';
import { ChangeRow } from './change-row.tsx';
import type { Compare } from './compare-types.ts';
import { NarrowedTo } from './narrowed-to.tsx';
import { sizeOf, useSelection } from './use-selection.ts';

const noPage = { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false } };

/** The changes, newest first, with what was chosen of them. */
export function ChangeList({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const may = useMay();
  const [narrowing, narrow] = useNarrowing();
  const variables = { id: compare.id, filter: filterOf(narrowing) };
  const list = useConnection(
    CompareChangesDocument,
    variables,
    (data) => data.compare?.changes ?? noPage,
  );
  const choice = useSelection(narrowing);
  const [resets, setResets] = useState(0);
  const showAll = () => {
    narrow(nothingNarrowed);
    setResets(resets + 1);
  };
  const chooses = may('backup.restore');
  const chosen = sizeOf(choice.selection, list.totalCount);
  const empty = list.phase === 'ready' && list.nodes.length === 0 && !list.problem;
  return (
    <section aria-label={t('list')} className="grid min-w-0 grid-cols-1 gap-3">
      <h2 className="sr-only">{t('list')}</h2>
      <div className="flex flex-wrap items-center gap-3">
        <SearchField
          key={resets}
          label={t('search')}
          value={narrowing.search}
          onChange={(search) => search !== narrowing.search && narrow({ search })}
        />
        <NarrowedTo compare={compare} onShowAll={showAll} />
      </div>
      <ProblemNote problem={list.problem} />
      {list.phase === 'loading' && list.nodes.length === 0 && (
        <ProgressBar fraction={null} label={t('reading')} />
      )}
      {empty && (
        <EmptyState
          icon={<X aria-hidden className="size-5" />}
          title={t('noneFound')}
          action={<Button onClick={showAll}>{t('showAll')}</Button>}
        />
      )}
      {list.nodes.length > 0 && (
        <div
          aria-busy={list.phase === 'loading'}
          className="overflow-hidden rounded-xl bg-surface shadow-raised ring-1 ring-line"
        >
          {chooses && <AllRow count={list.totalCount} choice={choice} />}
          <ul className="divide-y divide-line">
            {list.nodes.map((change) => (
              <ChangeRow
                key={`${change.table} ${change.id}`}
                change={change}
                compare={compare}
                chosen={choice.isChosen(change.id)}
                onToggle={chooses && !isAccess(change) ? () => choice.toggle(change) : null}
              />
            ))}
          </ul>
        </div>
      )}
      <ListFooter list={list} />
      {chooses && chosen > 0 && (
        <BringBackBar
          compare={compare}
          selection={choice.selection}
          count={chosen}
          onClear={choice.clear}
        />
      )}
    </section>
  );
}

/** Access never comes back this way. */
function isAccess({ table }: { table: string }): boolean {
  return table === 'user_account' || table === 'role';
}

/** Chooses all that match, also those that are not loaded. */
function AllRow({ count, choice }: { count: number; choice: ReturnType<typeof useSelection> }) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const { selection, chooseAll, clear } = choice;
  const all = selection.of === 'filter';
  const label = t('chooseAll');
  return (
    <div className="flex min-h-10 items-center gap-3 border-line border-b bg-sunken px-4 text-[13px] text-ink-2">
      <CheckBox
        label={label}
        checked={all}
        onChange={(checked) => (checked ? chooseAll() : clear())}
      />
      <span aria-hidden>
        {label} <span className="text-ink-3 tabular-nums">({format.number(count)})</span>
      </span>
    </div>
  );
}
