'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import {
  type KitStatePartsFragment,
  ProveRecoveryKitDocument,
} from '../../../../generated/graphql/client/graphql.ts';
import { Button } from '../../../components/ui/button.tsx';
import { Panel } from '../../../components/ui/panel.tsx';
import { ProblemNote } from '../../../components/ui/problem-note.tsx';
import { TextField } from '../../../components/ui/text-fields.tsx';
import { useToast } from '../../../components/ui/toast.tsx';
import { useSend } from '../../../data/use-send.ts';

interface Props {
  state: KitStatePartsFragment;
  onProven: (state: KitStatePartsFragment) => void;
}

/** Asks for part of the kit back: who can type it has a copy. */
export function ProveKit({ state, onProven }: Props) {
  const t = useTranslations('kit');
  const format = useFormatter();
  const toast = useToast();
  const [part, setPart] = useState('');
  const { send, sending, problem } = useSend(ProveRecoveryKitDocument);
  const prove = async () => {
    const answer = await send({ part });
    if (!answer) return;
    toast({ tone: 'good', title: t('provenToast') });
    onProven(answer.proveRecoveryKit.state);
  };
  const groups = format.list(state.askedGroups.map(String), { type: 'conjunction' });
  return (
    <Panel title={t('prove')} text={t('proveText')}>
      <form
        className="grid grid-cols-1 gap-4 sm:max-w-sm"
        onSubmit={(event) => {
          event.preventDefault();
          void prove();
        }}
      >
        <TextField
          label={t('askedGroups', { groups })}
          hint={t('askedGroupsHint')}
          value={part}
          onChange={(event) => setPart(event.target.value)}
          error={problem?.fields.part}
          autoCapitalize="characters"
          spellCheck={false}
          className="font-mono uppercase tracking-widest"
          required
        />
        <ProblemNote problem={problem} shownFields={['part']} />
        <div>
          <Button type="submit" look="primary" busy={sending}>
            {t('proveKit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
