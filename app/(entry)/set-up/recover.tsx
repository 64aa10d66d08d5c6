'use client';

import { useTranslations } from 'next-intl';
import { CommandLine } from '#app/components/ui/command-line.tsx';

/** For whoever lost a server: how this machine becomes that server, with its accounts. */
export function Recover() {
  const t = useTranslations('entry');
  return (
    <details className="mt-6 rounded-lg border border-line px-4 py-3">
      <summary className="cursor-pointer font-medium text-ink text-sm">{t('recover')}</summary>
      <div className="mt-3 grid gap-4">
        <p className="text-pretty text-ink-2 text-sm">{t('recoverText')}</p>
        <CommandLine
          label={t('recoverNow')}
          text="npm run fiberkeep -- recover --kit kit.txt --from PLACE"
        />
        <p className="text-pretty text-ink-2 text-sm">{t('recoverPlace')}</p>
        <CommandLine label={t('recoverStart')} text="npm start" />
        <p className="text-pretty text-ink-2 text-sm">{t('recoverAfter')}</p>
      </div>
    </details>
  );
}
