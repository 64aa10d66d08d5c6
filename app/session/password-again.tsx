'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { FormDialog } from '#app/components/ui/form-dialog.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { PasswordAgain } from '#app/data/password-again.ts';
import { useSend } from '#app/data/use-send.ts';
import { ConfirmPasswordDocument } from '#generated/graphql/client/graphql.ts';

/** Asks for the password again, where the server wants one of the last minutes, and lets the work go on. */
export function PasswordAgainProvider({ children }: { children: ReactNode }) {
  const [asking, setAsking] = useState(false);
  const answer = useRef<(given: boolean) => void>(() => {});
  const ask = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        answer.current = resolve;
        setAsking(true);
      }),
    [],
  );
  const end = (given: boolean) => {
    setAsking(false);
    answer.current(given);
  };
  return (
    <PasswordAgain value={ask}>
      {children}
      {asking && <PasswordDialog onEnd={end} />}
    </PasswordAgain>
  );
}

function PasswordDialog({ onEnd }: { onEnd: (given: boolean) => void }) {
  const t = useTranslations('passwordAgain');
  const [password, setPassword] = useState('');
  const { send, sending, problem } = useSend(ConfirmPasswordDocument);
  const submit = async () => {
    if (await send({ password })) onEnd(true);
    else setPassword('');
  };
  return (
    <FormDialog
      onClose={() => onEnd(false)}
      onSubmit={submit}
      title={t('title')}
      description={t('text')}
      submitLabel={t('confirm')}
      sending={sending}
      problem={problem}
      fields={['password']}
      keepsNothing
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
    </FormDialog>
  );
}
