'use client';

import { useEffect, useRef, useState } from 'react';
import type { Problem } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import {
  BeginRecoveryDocument,
  CheckRecoveryDocument,
  type RecoveryPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { OfferStep } from './offer-step.tsx';
import { SourceForm } from './source-form.tsx';
import { newSource, type Offer, type SourceValues, sourceInput } from './source-values.ts';

interface Props {
  token: string;
  /** Whether the server was asked to begin and did not answer yet. */
  waiting: boolean;
  /** Null: the server did not answer. It may have begun, and be starting again. Hears of the file to send. */
  onBegun: (recovery: RecoveryPartsFragment | null, file: File | null) => void;
}

/** Asks for kit and place, shows what the one opens in the other, and begins to bring a backup back. */
export function NewRecovery({ token, waiting, onBegun }: Props) {
  const [values, setValues] = useState<SourceValues>(newSource);
  const [offer, setOffer] = useState<Offer | null>(null);
  const sentFile = values.kind === 'ARCHIVE' && values.archiveOn === 'here' ? values.file : null;
  const check = useSend(CheckRecoveryDocument);
  const begin = useSend(BeginRecoveryDocument);
  const look = async (asked: SourceValues) => {
    const answer = await check.send({ token, input: await sourceInput(asked) });
    if (answer) setOffer(answer.checkRecovery.offer);
  };
  const recover = async (backupId: string) => {
    const input = await sourceInput(values);
    const answer = await begin.send({ token, input, backupId });
    if (answer) onBegun(answer.beginRecovery.recovery ?? null, sentFile);
  };
  useNoAnswer(begin.problem, () => onBegun(null, sentFile));
  if (offer)
    return (
      <OfferStep
        offer={offer}
        busy={begin.sending || waiting}
        problem={waiting ? null : begin.problem}
        onBack={() => {
          begin.clearProblem();
          setOffer(null);
        }}
        onRecover={(id) => void recover(id)}
      />
    );
  return (
    <SourceForm
      values={values}
      onChange={(part) => {
        check.clearProblem();
        setValues((now) => ({ ...now, ...part }));
      }}
      busy={check.sending}
      problem={check.problem}
      onSubmit={(asked) => void look(asked)}
    />
  );
}

/** Calls back once for each request that had no answer. */
function useNoAnswer(problem: Problem | null, onNone: () => void): void {
  const called = useRef(onNone);
  called.current = onNone;
  useEffect(() => {
    if (problem?.code === 'NETWORK') called.current();
  }, [problem]);
}
