'use client';

import { useTranslations } from 'next-intl';
import { Avatar } from '#app/components/ui/avatar.tsx';
import { Badge } from '#app/components/ui/badge.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import type { AuditEventPartsFragment } from '#generated/graphql/client/graphql.ts';
import { useSentence } from './use-sentence.tsx';

/** One event as a sentence, with its time, origin, and the reason if it failed. */
export function EventRow({ event }: { event: AuditEventPartsFragment }) {
  const t = useTranslations('activity');
  const moment = useMoment();
  const sentence = useSentence(event);
  const authorName = useAuthorName();
  const reason = reasonOf(event.detail);
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <Avatar name={authorName(event.actor) || '?'} />
      <div className="min-w-0 flex-1 py-0.5">
        <p className="text-pretty text-ink-2 text-sm [overflow-wrap:anywhere]">
          {sentence}
          {event.apiKey && (
            <span className="text-ink-3"> {t('withKey', { name: event.apiKey.name })}</span>
          )}{' '}
          {event.outcome !== 'DONE' && (
            <Badge tone={event.outcome === 'REFUSED' ? 'warn' : 'danger'}>
              {t(`outcomes.${event.outcome}`)}
            </Badge>
          )}
        </p>
        {event.outcome !== 'DONE' && reason && (
          <p className="mt-0.5 text-[13px] text-ink-3 [overflow-wrap:anywhere]">{reason}</p>
        )}
      </div>
      <div className="shrink-0 py-0.5 text-right text-ink-3 text-xs leading-5 tabular-nums">
        <time dateTime={event.at}>{moment(event.at, { timeStyle: 'short' })}</time>
        <div className="hidden sm:block">{event.address}</div>
      </div>
    </li>
  );
}

function reasonOf(detail: unknown): string | null {
  const message = (detail as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : null;
}
