'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  RecoveryKitDocument,
  type RecoveryKitMutation,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  /** Whether the kit has been shown before. */
  again: boolean;
  onKit: (shown: RecoveryKitMutation['recoveryKit']) => void;
}

/** Asks for the password, so that an unattended session does not reveal the key. */
export function AskPassword({ again, onKit }: Props) {
  const t = useTranslations('kit');
  const [password, setPassword] = useState('');
  const { send, sending, problem } = useSend(RecoveryKitDocument);
  const ask = async () => {
    const answer = await send({ password });
    setPassword('');
    if (answer) onKit(answer.recoveryKit);
  };
  return (
    <Panel title={again ? t('showAgain') : t('show')} text={t('showText')}>
      <form
        className="grid grid-cols-1 gap-4 sm:max-w-sm"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <TextField
          label={t('password')}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={problem?.fields.password}
          required
        />
        <ProblemNote problem={problem} shownFields={['password']} />
        <div>
          <Button type="submit" look={again ? 'plain' : 'primary'} busy={sending}>
            {t('showKit')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
