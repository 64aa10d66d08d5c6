'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useSend } from '#app/data/use-send.ts';
import { SetUpServerDocument } from '#generated/graphql/client/graphql.ts';

/** Creates the first administrator from the one-time link. */
export function SetUpForm({ token }: { token: string }) {
  const t = useTranslations('entry');
  const users = useTranslations('users');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { send, sending, problem } = useSend(SetUpServerDocument);
  const setUp = async () => {
    if (await send({ token, input: { name, email, password } }))
      window.location.assign('/settings/recovery-kit?first');
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void setUp();
      }}
    >
      <TextField
        label={t('name')}
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problem?.fields.name}
        required
      />
      <TextField
        label={t('email')}
        type="email"
        autoComplete="username"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={problem?.fields.email}
        required
      />
      <TextField
        label={t('password')}
        hint={users('passwordHint')}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={problem?.fields.password}
        required
      />
      <ProblemNote problem={problem} shownFields={['name', 'email', 'password']} />
      <Button type="submit" look="primary" busy={sending} className="mt-1 h-10">
        {t('makeAdministrator')}
      </Button>
    </form>
  );
}
