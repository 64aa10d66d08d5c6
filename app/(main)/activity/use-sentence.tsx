'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { AuditEventPartsFragment } from '#generated/graphql/client/graphql.ts';

/**
 * Puts an event into words. The catalogue has a sentence for each action that succeeds, and for
 * some that fail or are refused. One sentence covers all others. Keys have underscores for the dots
 * of an action.
 */
export function useSentence(event: AuditEventPartsFragment): ReactNode {
  const t = useTranslations('activity');
  const actionText = useTranslations('actions');
  const authorName = useAuthorName();
  const backupName = useBackupName();
  type Key = Parameters<typeof t>[0];
  const action = event.action.replaceAll('.', '_');
  const candidates =
    event.outcome === 'DONE'
      ? [`done.${action}`, 'done.other']
      : [`${event.outcome === 'FAILED' ? 'failed' : 'refused'}.${action}`, 'outcomes.other'];
  const key = candidates.find((candidate) => t.has(candidate as Key)) ?? 'done.other';
  const known = event.action as Parameters<typeof actionText>[0];
  return t.rich(
    key as Key,
    {
      actor: authorName(event.actor) || t('somebody'),
      target:
        backupName({ name: event.targetName, givenName: event.targetGivenName }) || t('unnamed'),
      what: actionText.has(known) ? actionText(known) : event.action,
      b: (words: ReactNode) => <span className="font-medium text-ink">{words}</span>,
    } as Parameters<typeof t.rich>[1],
  );
}
