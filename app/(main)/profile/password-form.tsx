'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { ChangePasswordDocument } from '#generated/graphql/client/graphql.ts';

export function PasswordForm() {
  const t = useTranslations('profile');
  const users = useTranslations('users');
  const toast = useToast();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const { send, sending, problem } = useSend(ChangePasswordDocument);
  const save = async () => {
    if (!(await send({ currentPassword, newPassword }))) return;
    setCurrent('');
    setNew('');
    toast({ tone: 'good', title: t('passwordChanged') });
  };
  return (
    <form
      className="grid gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={t('currentPassword')}
        type="password"
        autoComplete="current-password"
        value={currentPassword}
        onChange={(event) => setCurrent(event.target.value)}
        error={problem?.fields.currentPassword}
        required
      />
      <TextField
        label={t('newPassword')}
        hint={users('passwordHint')}
        type="password"
        autoComplete="new-password"
        value={newPassword}
        onChange={(event) => setNew(event.target.value)}
        error={problem?.fields.newPassword}
        required
      />
      <ProblemNote
        problem={problem}
        shownFields={['currentPassword', 'newPassword']}
        className="sm:col-span-2"
      />
      <div className="sm:col-span-2">
        <Button type="submit" busy={sending}>
          {t('changePassword')}
        </Button>
      </div>
    </form>
  );
}
