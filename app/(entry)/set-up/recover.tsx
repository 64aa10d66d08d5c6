'use client';

import { useTranslations } from 'next-intl';
import { CommandLine } from '#app/components/ui/command-line.tsx';

/** For whoever lost a machine: how the network of a backup takes this server over, with its accounts. */
export function Recover() {
  const t = useTranslations('entry');
  return (
    <details className="mt-6 rounded-lg border border-line px-4 py-3">
      <summary className="cursor-pointer font-medium text-ink text-sm">{t('recover')}</summary>
      <div className="mt-3 grid gap-4">
        <p className="text-pretty text-ink-2 text-sm">{t('recoverText')}</p>
        <CommandLine label={t('recoverKey')} text="SERVER_KEY=FIBERKEEP-KEY1… npm start" />
        <CommandLine
          label={t('recoverUpload')}
          text="npm run fiberkeep -- upload NAME.tar.gz.doz"
        />
        <CommandLine label={t('recoverRestore')} text="npm run fiberkeep -- restore NAME" />
        <p className="text-pretty text-ink-2 text-sm">{t('recoverAfter')}</p>
      </div>
    </details>
  );
}
