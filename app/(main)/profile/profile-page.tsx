'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import { useMe } from '#app/session/me-context.tsx';
import { PasswordForm } from './password-form.tsx';
import { PersonForm } from './person-form.tsx';
import { SessionList } from './session-list.tsx';

/** What a person may change about themselves. */
export function ProfilePage() {
  const t = useTranslations('profile');
  const { user } = useMe();
  const roleName = useRoleName();
  return (
    <>
      <PageHeader title={t('title')} description={`${user.email} · ${roleName(user.role)}`} />
      <div className="grid max-w-3xl gap-6">
        <Section title={t('person')} text={t('personText')}>
          <PersonForm />
        </Section>
        <Section title={t('password')} text={t('passwordText')}>
          <PasswordForm />
        </Section>
        <Section title={t('sessions')} text={t('sessionsText')}>
          <SessionList />
        </Section>
      </div>
    </>
  );
}

function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6"
    >
      <h2 className="font-semibold text-[15px] tracking-tight">{title}</h2>
      <p className="mt-0.5 mb-5 text-pretty text-ink-2 text-sm">{text}</p>
      {children}
    </section>
  );
}
