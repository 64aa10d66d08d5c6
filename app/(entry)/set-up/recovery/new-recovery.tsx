'use client';

import { useState } from 'react';
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
  /** Hears of the file that is still to be sent. */
  onBegun: (recovery: RecoveryPartsFragment | null, file: File | null) => void;
}

/** Asks for kit and place, shows what the one opens in the other, and begins to bring a backup back. */
export function NewRecovery({ token, onBegun }: Props) {
  const [values, setValues] = useState<SourceValues>(newSource);
  const [offer, setOffer] = useState<Offer | null>(null);
  const check = useSend(CheckRecoveryDocument);
  const begin = useSend(BeginRecoveryDocument);
  const look = async (asked: SourceValues) => {
    const answer = await check.send({ token, input: await sourceInput(asked) });
    if (answer) setOffer(answer.checkRecovery.offer);
  };
  const recover = async (backupId: string) => {
    const input = await sourceInput(values);
    const answer = await begin.send({ token, input, backupId });
    const isSent = values.kind === 'ARCHIVE' && values.archiveOn === 'here';
    if (answer) onBegun(answer.beginRecovery.recovery ?? null, isSent ? values.file : null);
  };
  if (offer)
    return (
      <OfferStep
        offer={offer}
        busy={begin.sending}
        problem={begin.problem}
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
      onChange={(part) => setValues((now) => ({ ...now, ...part }))}
      busy={check.sending}
      problem={check.problem}
      onSubmit={(asked) => void look(asked)}
    />
  );
}
