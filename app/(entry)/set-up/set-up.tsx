'use client';

import { LifeBuoy, Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ChoiceCards } from '#app/components/ui/choice-cards.tsx';
import type { RecoveryPartsFragment } from '#generated/graphql/client/graphql.ts';
import { NewRecovery } from './recovery/new-recovery.tsx';
import { RunningRecovery } from './recovery/running-recovery.tsx';
import { useRecovery } from './recovery/use-recovery.ts';
import { SetUpForm } from './set-up-form.tsx';

interface Props {
  token: string;
  /** Null: nobody has begun to recover a server into this one. */
  begun: RecoveryPartsFragment | null;
}

/** The first page of a new server: it starts anew, or becomes one that was lost. */
export function SetUp({ token, begun }: Props) {
  const t = useTranslations('entry');
  const recover = useTranslations('recovery');
  const [way, setWay] = useState<'anew' | 'kit'>('anew');
  const state = useRecovery(token, begun);
  const [file, setFile] = useState<File | null>(null);
  const { recovery } = state;
  const noteBegun = (now: RecoveryPartsFragment | null, chosen: File | null) => {
    setFile(chosen);
    state.noteBegun(now);
  };
  if (recovery)
    return (
      <RunningRecovery
        token={token}
        recovery={recovery}
        state={state}
        file={file}
        onFile={setFile}
        onBegun={noteBegun}
      />
    );
  const choices = [
    { value: 'anew', icon: Sparkles, name: recover('anew.name'), text: recover('anew.text') },
    { value: 'kit', icon: LifeBuoy, name: recover('kit.name'), text: recover('kit.text') },
  ] as const;
  return (
    <div className="grid gap-5" data-wide={way === 'kit' ? '' : undefined}>
      <div className="grid gap-1">
        <h1 className="font-semibold text-2xl tracking-tight">{t('setUp')}</h1>
        <p className="text-pretty text-ink-2 text-sm">
          {way === 'anew' ? t('setUpText') : recover('intro')}
        </p>
      </div>
      <ChoiceCards
        label={recover('way')}
        value={way}
        choices={choices}
        onChange={setWay}
        columns={2}
      />
      {way === 'anew' ? (
        <SetUpForm token={token} />
      ) : (
        <NewRecovery token={token} waiting={state.installing} onBegun={noteBegun} />
      )}
    </div>
  );
}
