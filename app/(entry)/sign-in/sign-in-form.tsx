'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useSend } from '#app/data/use-send.ts';
import { SignInDocument } from '#generated/graphql/client/graphql.ts';

export function SignInForm({ next }: { next: string }) {
  const t = useTranslations('entry');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { send, sending, problem } = useSend(SignInDocument);
  const signIn = async () => {
    if (await send({ email, password })) window.location.assign(next);
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <div className="mb-2">
        <h1 className="font-semibold text-2xl tracking-tight">{t('signIn')}</h1>
        <p className="mt-1 text-ink-2 text-sm">{t('signInText')}</p>
      </div>
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
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={problem?.fields.password}
        required
      />
      <ProblemNote problem={problem} shownFields={['email', 'password']} />
      <Button type="submit" look="primary" busy={sending} className="mt-1 h-10">
        {t('signIn')}
      </Button>
    </form>
  );
}
