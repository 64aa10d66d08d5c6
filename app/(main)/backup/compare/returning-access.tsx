'use client';

import { UserRoundCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Compare } from './compare-types.ts';

/** Accounts and roles that only the backup has: what a restore does with them. Shown to who manages users. */
export function ReturningAccess({ compare }: { compare: Compare }) {
  const t = useTranslations('compare');
  const accounts = compare.accounts ?? [];
  const roles = compare.roles ?? [];
  if (accounts.length + roles.length === 0) return null;
  return (
    <section
      aria-label={t('access')}
      className="flex gap-3 rounded-xl bg-surface p-5 text-sm shadow-raised ring-1 ring-line"
    >
      <UserRoundCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
      <div className="grid min-w-0 gap-2 [overflow-wrap:anywhere]">
        <h2 className="font-medium">{t('access')}</h2>
        <p className="text-pretty text-ink-2">{t('accessText')}</p>
        <ul className="grid gap-1 text-ink-2">
          {accounts.map(({ id, name, email, roleName }) => (
            <li key={id}>
              <span className="text-ink">{name}</span> · {email} · {roleName}
            </li>
          ))}
          {roles.map(({ id, name }) => (
            <li key={id}>{t('accessRole', { name })}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}
