'use client';

import { HardDrive } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Link } from '#app/components/ui/link.tsx';
import { useMay } from '#app/session/me-context.tsx';
import { KitStateDocument } from '#generated/graphql/client/graphql.ts';

/** Says that backups lie on this machine only, to people who can change that. */
export function NoDestination() {
  const may = useMay();
  return may('backup.configure') ? <Reminder /> : null;
}

function Reminder() {
  const t = useTranslations('copies');
  const [{ data }] = useQuery({ query: KitStateDocument });
  // One thing at a time: without the kit, a copy elsewhere is of no use.
  if (!data?.kitState.checked) return null;
  return (
    <section
      aria-label={t('reminder')}
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl bg-surface px-4 py-3 shadow-raised ring-1 ring-line"
    >
      <HardDrive aria-hidden className="size-5 shrink-0 text-ink-3" />
      <p className="min-w-0 flex-1 basis-64 text-pretty text-ink-2 text-sm">{t('hereOnly')}</p>
      <Link
        href="/settings/destinations"
        className="inline-flex h-8 items-center rounded-md bg-surface px-2.5 font-medium text-[13px] text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken"
      >
        {t('add')}
      </Link>
    </section>
  );
}
