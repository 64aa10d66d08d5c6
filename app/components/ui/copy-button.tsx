'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';

const SHOWN_MS = 2000;

/** Copies a text, and confirms it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useTranslations('common');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const Icon = copied ? Check : Copy;
  return (
    <>
      <IconButton
        label={label}
        tip={copied ? t('copied') : label}
        icon={<Icon aria-hidden className={copied ? 'size-4 text-good' : 'size-4'} />}
        onClick={async (event) => setCopied(await copy(text, event.currentTarget))}
      />
      <span role="status" className="sr-only">
        {copied ? t('copied') : ''}
      </span>
    </>
  );
}

/** Browsers offer no clipboard to pages over plain HTTP, so there it copies a selection. */
async function copy(text: string, beside: HTMLElement): Promise<boolean> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'sr-only';
  // Appended beside the button: an open dialog takes focus back from anything outside it.
  beside.after(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  beside.focus();
  return done;
}
