'use client';

import { Monitor } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Badge } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import {
  RevokeSessionDocument,
  SessionsDocument,
  type SessionsQuery,
} from '#generated/graphql/client/graphql.ts';
import { describeBrowser } from './describe-browser.ts';

/** The person's sessions, each with a button to end it. */
export function SessionList() {
  const [{ data, error }, read] = useQuery({ query: SessionsDocument });
  const refresh = () => read({ requestPolicy: 'network-only' });
  return (
    <>
      <ProblemNote problem={error ? problemOf(error) : null} />
      <ul className="divide-y divide-line">
        {data?.sessions.map((session) => (
          <SessionRow key={session.id} session={session} onEnded={refresh} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  session: SessionsQuery['sessions'][number];
  onEnded: () => void;
}

function SessionRow({ session, onEnded }: RowProps) {
  const t = useTranslations('profile');
  const { send, sending, problem } = useSend(RevokeSessionDocument);
  const end = async () => {
    if (await send({ id: session.id })) onEnded();
  };
  return (
    <li className="grid gap-2 py-3 first:pt-0 last:pb-0">
      <div className="flex items-center gap-3">
        <Monitor aria-hidden className="size-4 shrink-0 text-ink-3" />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-2 text-sm" title={session.userAgent}>
            {describeBrowser(session.userAgent) ?? t('otherBrowser')}
            {session.current && <Badge tone="good">{t('thisSession')}</Badge>}
          </p>
          <p className="text-ink-3 text-xs">
            {session.address} · {t('lastSeen')} <Moment at={session.lastSeenAt} />
          </p>
        </div>
        {!session.current && (
          <Button size="small" busy={sending} onClick={() => void end()}>
            {t('endSession')}
          </Button>
        )}
      </div>
      <ProblemNote problem={problem} />
    </li>
  );
}
