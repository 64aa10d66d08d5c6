'use client';

import { KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Link } from '#app/components/ui/link.tsx';
import { useMay } from '#app/session/me-context.tsx';
import { KitStateDocument } from '#generated/graphql/client/graphql.ts';

/** Reminds an administrator that backups do not outlive this server without the recovery kit. */
export function KitReminder() {
  const may = useMay();
  return may('backup.configure') ? <Reminder /> : null;
}

function Reminder() {
  const t = useTranslations('kit');
  const [{ data }] = useQuery({ query: KitStateDocument });
  const state = data?.kitState;
  if (!state || state.checked) return null;
  return (
    <section
      aria-label={t('reminder')}
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl bg-warn-soft px-4 py-3 text-warn"
    >
      <KeyRound aria-hidden className="size-5 shrink-0" />
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <h2 className="font-semibold">{state.saved ? t('unchecked') : t('unsaved')}</h2>
        <p className="text-pretty">{state.saved ? t('uncheckedText') : t('unsavedText')}</p>
      </div>
      <Link
        href="/settings/recovery-kit"
        className="inline-flex h-8 items-center rounded-md bg-surface px-2.5 font-medium text-[13px] text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken"
      >
        {t('open')}
      </Link>
    </section>
  );
}
