'use client';

import { CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { CommandLine } from '#app/components/ui/command-line.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import type { RecoveryPartsFragment } from '#generated/graphql/client/graphql.ts';

const RESET = 'npm run fiberkeep -- user reset-password E-MAIL';

/** The server is back: people sign in as they did, and learn what is not as it was. */
export function DoneStep({ recovery }: { recovery: RecoveryPartsFragment }) {
  const t = useTranslations('recovery');
  const name = useBackupName();
  const moment = useMoment();
  const { backupName, backupGivenName, backupCreatedAt, accounts } = recovery;
  const count = accounts ?? 0;
  return (
    <div className="grid gap-5" data-wide="">
      <div className="grid gap-2">
        <CircleCheck aria-hidden className="size-9 text-good" />
        <h1 className="font-semibold text-2xl tracking-tight">{t('doneTitle')}</h1>
        <p className="text-pretty text-ink-2 text-sm [overflow-wrap:anywhere]">
          {t('doneText', {
            name: name({ name: backupName, givenName: backupGivenName }),
            date: backupCreatedAt ? moment(backupCreatedAt) : '',
          })}{' '}
          {count > 0 ? t('accounts', { count }) : t('noAccounts')}
        </p>
      </div>
      {count > 0 && (
        <Link
          href="/sign-in"
          className="inline-flex h-10 items-center justify-center rounded-md bg-accent px-3.5 font-medium text-on-accent text-sm shadow-raised hover:bg-accent-strong"
        >
          {t('signIn')}
        </Link>
      )}
      <section aria-label={t('afterLabel')} className="grid gap-2 rounded-lg bg-sunken px-4 py-3">
        <ul className="grid list-disc gap-1.5 pl-4 text-ink-2 text-sm">
          <li>{t('afterPaused')}</li>
          <li>{t('afterKeys')}</li>
          <li>{t('afterNewer')}</li>
        </ul>
        <CommandLine label={t('forgotten')} text={RESET} />
      </section>
    </div>
  );
}
