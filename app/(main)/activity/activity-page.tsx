'use client';

import { ScrollText } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useMemo, useState } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import {
  type AuditEventPartsFragment,
  AuditEventsDocument,
} from '#generated/graphql/client/graphql.ts';
import { EventRow } from './event-row.tsx';

/** Who did what, newest first, day by day. */
export function ActivityPage() {
  const t = useTranslations('activity');
  const [search, setSearch] = useState('');
  const filter = { search: search === '' ? null : search };
  const list = useConnection(AuditEventsDocument, filter, (data) => data.auditEvents);
  const days = useDays(list.nodes);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid gap-4">
        <SearchField label={t('search')} value={search} onChange={setSearch} />
        <ProblemNote problem={list.problem} />
        {list.phase === 'loading' && list.nodes.length === 0 && (
          <ProgressBar fraction={null} label={t('loading')} />
        )}
        {list.phase === 'ready' && list.nodes.length === 0 && !list.problem && (
          <EmptyState icon={<ScrollText aria-hidden className="size-5" />} title={t('none')} />
        )}
        {days.map(([day, events]) => (
          <section key={day} aria-label={day}>
            <h2 className="mb-2 px-1 font-medium text-ink-3 text-xs">{day}</h2>
            <ol className="divide-y divide-line overflow-hidden rounded-xl bg-surface shadow-raised ring-1 ring-line">
              {events.map((event) => (
                <EventRow key={event.id} event={event} />
              ))}
            </ol>
          </section>
        ))}
        <ListFooter list={list} />
      </div>
    </>
  );
}

function useDays(
  events: readonly AuditEventPartsFragment[],
): [string, AuditEventPartsFragment[]][] {
  const format = useFormatter();
  return useMemo(() => {
    const days = new Map<string, AuditEventPartsFragment[]>();
    for (const event of events) {
      const day = format.dateTime(new Date(event.at), { dateStyle: 'full' });
      const known = days.get(day);
      if (known) known.push(event);
      else days.set(day, [event]);
    }
    return [...days];
  }, [events, format]);
}
