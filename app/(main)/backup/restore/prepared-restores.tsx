'use client';

import { PackageCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { useMay } from '#app/session/me-context.tsx';
import { RestoresDocument } from '#generated/graphql/client/graphql.ts';
import { openRestore } from './restore-address.ts';
import { isStillGood } from './still-good.ts';

/** Prepared restores that wait for a decision. */
export function PreparedRestores() {
  const may = useMay();
  return may('backup.restore') ? <Prepared /> : null;
}

function Prepared() {
  const t = useTranslations('restore');
  const moment = useMoment();
  const authorName = useAuthorName();
  const restoredName = useRestoredName();
  const [{ data }, read] = useQuery({ query: RestoresDocument, variables: { first: 10 } });
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent((event) => {
    if (event.kind === 'RESTORES_CHANGED') refresh();
  });
  useJobEnd((job) => {
    if (job.kind === 'STAGE_RESTORE') refresh();
  });
  const ready = (data?.restores.nodes ?? []).filter(
    (restore) => restore.status === 'STAGED' && isStillGood(restore, restore.backupId),
  );
  return ready.map((restore) => (
    <section
      key={restore.id}
      aria-label={t('ready', { name: restoredName(restore) })}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl bg-surface p-4 shadow-raised ring-1 ring-line"
    >
      <PackageCheck aria-hidden className="size-4 shrink-0 text-accent" />
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium text-sm">
          {t('ready', { name: restoredName(restore) })}
        </p>
        <p className="text-ink-3 text-xs">
          {authorName(restore.author)} ·{' '}
          {t('goodUntil', { date: moment(restore.goodUntil ?? restore.createdAt) })}
        </p>
      </div>
      <Button size="small" look="primary" onClick={() => openRestore(restore.id)}>
        {t('compare')}
      </Button>
    </section>
  ));
}
