import { ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from '../components/ui/empty-state.tsx';
import { catalogues } from '../i18n/catalogues.ts';
import { requestLocale, serverTexts } from '../i18n/request-locale.ts';
import { roleName } from '../i18n/role-name.ts';
import { readMe } from './read-me.ts';

/** Shows a page to people whose role has the action, and a refusal to others. */
export async function Guard({ action, children }: { action: string; children: ReactNode }) {
  const me = await readMe();
  if (me?.actions.includes(action)) return children;
  const locale = await requestLocale();
  const t = await serverTexts('refusal');
  return (
    <EmptyState icon={<ShieldAlert aria-hidden className="size-5" />} title={t('title')}>
      <p>{t('text', { role: me ? roleName(catalogues[locale].roleNames, me.user.role) : '' })}</p>
    </EmptyState>
  );
}
