'use client';

import { Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useClient } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import {
  type NotificationChannel,
  NotificationDocument,
  type NotificationPartsFragment,
  TestNotificationDocument,
} from '#generated/graphql/client/graphql.ts';

const POLL_MS = 500;
const MOST_POLLS = 120;

/** Sends a test over one channel, and shows the result. */
export function TestButton({
  channel,
  onSent,
}: {
  channel: NotificationChannel;
  onSent: () => void;
}) {
  const t = useTranslations('notifications');
  const toast = useToast();
  const textOf = useProblemText();
  const { send } = useSendOrToast(TestNotificationDocument);
  const outcome = useOutcome();
  const [testing, setTesting] = useState(false);
  const test = async () => {
    setTesting(true);
    const answer = await send({ channel });
    for (const begun of answer?.testNotification.notifications ?? []) {
      const ended = await outcome(begun);
      const { error, target } = ended;
      if (ended.status === 'DELIVERED') toast({ tone: 'good', title: t('tested', { target }) });
      else
        toast({
          tone: 'danger',
          title: t('testFailed', { target }),
          detail: error ? textOf(problemOfFailure(error)).message : undefined,
        });
    }
    setTesting(false);
    onSent();
  };
  return (
    <Button
      size="small"
      icon={<Send aria-hidden className="size-3.5" />}
      busy={testing}
      onClick={() => void test()}
    >
      {t('test')}
    </Button>
  );
}

/** Polls a notification until it is delivered or has failed. */
function useOutcome() {
  const client = useClient();
  return async (begun: NotificationPartsFragment): Promise<NotificationPartsFragment> => {
    let now = begun;
    for (let polls = 0; now.status === 'PENDING' && polls < MOST_POLLS; polls++) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const options = { requestPolicy: 'network-only' } as const;
      const answer = await client
        .query(NotificationDocument, { id: begun.id }, options)
        .toPromise();
      now = answer.data?.notification ?? now;
    }
    return now;
  };
}
