'use client';

import { useTranslations } from 'next-intl';
import { CopyButton } from './copy-button.tsx';

/** A line for a terminal, ready to copy. */
export function CommandLine({ label, text }: { label: string; text: string }) {
  const t = useTranslations('common');
  return (
    <div className="min-w-0">
      <p className="mb-1.5 text-[13px] text-ink-2">{label}</p>
      <div className="flex items-start gap-1 rounded-lg bg-sunken py-1.5 pr-1.5 pl-3 ring-1 ring-line">
        <code className="min-w-0 flex-1 py-1.5 font-mono text-[12.5px] leading-5 [overflow-wrap:anywhere]">
          {text}
        </code>
        <CopyButton text={text} label={`${t('copy')}: ${label}`} />
      </div>
    </div>
  );
}
