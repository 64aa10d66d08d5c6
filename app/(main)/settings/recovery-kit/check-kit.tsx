'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  CheckRecoveryKitDocument,
  type KitStatePartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  state: KitStatePartsFragment;
  onChecked: (state: KitStatePartsFragment) => void;
}

/** Asks the person to type part of the kit, which shows that they have a copy. */
export function CheckKit({ state, onChecked }: Props) {
  const t = useTranslations('kit');
  const format = useFormatter();
  const toast = useToast();
  const [part, setPart] = useState('');
  const { send, sending, problem } = useSend(CheckRecoveryKitDocument);
  const check = async () => {
    const answer = await send({ part });
    if (!answer) return;
    toast({ tone: 'good', title: t('checkedToast') });
    onChecked(answer.checkRecoveryKit.state);
  };
  const groups = format.list(state.askedGroups.map(String), { type: 'conjunction' });
  return (
    <Panel title={t('check')} text={t('checkText')}>
      <form
        className="grid grid-cols-1 gap-4 sm:max-w-sm"
        onSubmit={(event) => {
          event.preventDefault();
          void check();
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
            {t('checkKit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
