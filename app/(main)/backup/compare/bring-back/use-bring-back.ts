'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useAskUndo } from '#app/components/change-sets/undo-change-set.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { type Job, useStartedJob } from '#app/data/jobs.tsx';
import { type Problem, problemOfCode, problemOfFailure } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import {
  BringBackDocument,
  type BringBackMutationVariables,
  type ChangeSetPartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Listener {
  onDone: () => void;
  /** Nothing was written: what would be done may be something else by now. */
  onRefused: () => void;
}

/** Brings back, and follows the job until it has ended. A toast then offers to undo it. */
export function useBringBack({ onDone, onRefused }: Listener) {
  const t = useTranslations('bringBack');
  const toast = useToast();
  const askUndo = useAskUndo();
  const { follow, job } = useStartedJob();
  const { send, sending, problem } = useSend(BringBackDocument);
  const [failure, setFailure] = useState<Problem | null>(null);
  const ended = (job: Job, changeSet: ChangeSetPartsFragment) => {
    if (job.status === 'SUCCEEDED') {
      const action = { label: t('undo'), onSelect: () => askUndo(changeSet) };
      toast({ tone: 'good', title: t('done'), action });
      onDone();
      return;
    }
    setFailure(failureOf(job));
    onRefused();
  };
  const start = async (input: BringBackMutationVariables) => {
    setFailure(null);
    const answer = await send(input);
    if (!answer) return;
    const { job, changeSet } = answer.bringBack;
    follow(job, (one) => ended(one, changeSet));
  };
  const changedSince = failure?.reason === 'changedSincePreview';
  return {
    send: start,
    busy: sending || job !== null,
    job,
    changedSince,
    problem: problem ?? (changedSince ? null : failure),
  };
}

function failureOf({ error, status }: Job): Problem {
  if (error) return problemOfFailure(error);
  return problemOfCode(status === 'CANCELLED' ? 'CANCELLED' : 'INTERNAL');
}
