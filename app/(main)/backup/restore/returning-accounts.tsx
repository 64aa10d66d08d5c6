'use client';

import { useTranslations } from 'next-intl';
import { CheckField } from '#app/components/ui/check-field.tsx';
import type { RestorePreviewPartsFragment } from '#generated/graphql/client/graphql.ts';

interface Props {
  accounts: NonNullable<RestorePreviewPartsFragment['returningAccounts']>;
  /** Ids of those that shall be enabled. */
  enabled: readonly string[];
  onChange: (enabled: readonly string[]) => void;
}

/** The accounts that come back disabled. Who may enable them ticks those that shall be able to sign in. */
export function ReturningAccounts({ accounts, enabled, onChange }: Props) {
  const t = useTranslations('restore');
  if (accounts.length === 0) return null;
  const toggle = (id: string, checked: boolean) =>
    onChange(checked ? [...enabled, id] : enabled.filter((other) => other !== id));
  return (
    <fieldset className="grid gap-2.5 rounded-lg border border-line px-4 py-3">
      <legend className="px-1 font-medium text-ink text-sm">{t('returning')}</legend>
      {accounts.some(({ mayEnable }) => mayEnable) && (
        <p className="text-ink-2 text-sm">{t('returningText')}</p>
      )}
      {accounts.map(({ id, name, email, roleName, mayEnable }) => (
        <CheckField
          key={id}
          label={name}
          hint={`${email} · ${roleName}`}
          checked={enabled.includes(id)}
          disabled={!mayEnable}
          onChange={(checked) => toggle(id, checked)}
        />
      ))}
    </fieldset>
  );
}
