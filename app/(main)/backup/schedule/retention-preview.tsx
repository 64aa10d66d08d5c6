'use client';

import { CircleCheck, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Day } from '#app/components/ui/dates.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import {
  RetentionPreviewDocument,
  type RetentionPreviewQuery,
  type RetentionRuleInput,
} from '#generated/graphql/client/graphql.ts';

const SETTLE_MS = 300;

/** Previews what the typed numbers would remove after the next automatic backup. */
export function RetentionPreview({ rule }: { rule: RetentionRuleInput }) {
  const settled = useSettled(rule);
  const [{ data, error, stale }] = useQuery({
    query: RetentionPreviewDocument,
    variables: { rule: settled },
    requestPolicy: 'network-only',
  });
  if (error) return <ProblemNote problem={problemOf(error)} />;
  return (
    <div aria-live="polite" aria-busy={stale || !data} className="min-h-11">
      {data && <Preview preview={data.retentionPreview} />}
    </div>
  );
}

function Preview({ preview }: { preview: RetentionPreviewQuery['retentionPreview'] }) {
  const t = useTranslations('schedule');
  const name = useBackupName();
  const { remove, removeCount, keepCount } = preview;
  if (removeCount === 0)
    return (
      <p className="flex gap-2.5 rounded-lg bg-good-soft px-3 py-2.5 text-good text-sm">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
        {t('removesNone', { kept: keepCount })}
      </p>
    );
  const more = removeCount - remove.length;
  return (
    <div className="rounded-lg bg-sunken px-3 py-2.5 text-sm ring-1 ring-line">
      <p className="flex gap-2.5 font-medium">
        <Trash2 aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />
        {t('removes', { count: removeCount, kept: keepCount })}
      </p>
      <ul className="mt-2 grid gap-1 pl-6.5 text-[13px] text-ink-2">
        {remove.map((backup) => (
          <li key={backup.id} className="flex justify-between gap-4">
            <span className="min-w-0 truncate">{name(backup)}</span>
            <span className="shrink-0 text-ink-3">
              <Day at={backup.createdAt} />
            </span>
          </li>
        ))}
        {more > 0 && <li className="text-ink-3">{t('andMore', { count: more })}</li>}
      </ul>
    </div>
  );
}

/** The value once it has stopped changing for a moment. */
function useSettled(rule: RetentionRuleInput): RetentionRuleInput {
  const [settled, setSettled] = useState(rule);
  const key = JSON.stringify(rule);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(key) as RetentionRuleInput), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}
