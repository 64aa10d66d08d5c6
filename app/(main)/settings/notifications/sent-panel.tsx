'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useConnection } from '#app/data/use-connection.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import {
  type NotificationPartsFragment,
  NotificationsDocument,
} from '#generated/graphql/client/graphql.ts';

type Notification = NotificationPartsFragment;

/** The sent and queued notifications; reread when `version` rises. */
export function SentPanel({ version }: { version: number }) {
  const t = useTranslations('notifications');
  const list = useConnection(NotificationsDocument, {}, (data) => data.notifications);
  const seen = useRef(version);
  const { refetch } = list;
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    refetch();
  }, [version, refetch]);
  return (
    <Panel title={t('sent')} text={t('sentText')}>
      <ProblemNote problem={list.problem} />
      {list.nodes.length === 0 ? (
        <p className="text-ink-3 text-sm">
          {list.phase === 'ready' ? t('noneSent') : t('reading')}
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {list.nodes.map((notification) => (
            <SentRow key={notification.id} notification={notification} />
          ))}
        </ul>
      )}
      <ListFooter list={list} />
    </Panel>
  );
}

const tones: Record<Notification['status'], Tone> = {
  PENDING: 'neutral',
  DELIVERED: 'good',
  FAILED: 'danger',
};

function SentRow({ notification }: { notification: Notification }) {
  const t = useTranslations('notifications');
  const textOf = useProblemText();
  const { event, channel, target, status, error, nextAttemptAt, createdAt } = notification;
  return (
    <li className="flex items-start justify-between gap-4 py-2.5">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-medium">{event ? t(`kinds.${event}`) : t('isTest')}</span>
          <Badge tone={tones[status]}>{t(`statuses.${status}`)}</Badge>
        </p>
        <p className="mt-0.5 text-[13px] text-ink-3 [overflow-wrap:anywhere]">
          {t(`channels.${channel}`)} · {target}
        </p>
        {error && status !== 'DELIVERED' && (
          <p className="mt-0.5 text-[13px] text-danger [overflow-wrap:anywhere]">
            {textOf(problemOfFailure(error)).message}
            {nextAttemptAt && (
              <>
                {' '}
                {t('again')} <Moment at={nextAttemptAt} />
              </>
            )}
          </p>
        )}
      </div>
      <span className="shrink-0 text-ink-3 text-xs">
        <Moment at={createdAt} />
      </span>
    </li>
  );
}
