'use client';

import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useOpenSearch } from './search-provider.tsx';

/** Looks like a field, opens the search, and says by which key. */
export function SearchButton() {
  const t = useTranslations('search');
  const open = useOpenSearch();
  return (
    <button
      type="button"
      onClick={open}
      aria-keyshortcuts="/ Control+K"
      className="mb-3 flex h-9 w-full items-center gap-2.5 rounded-md bg-surface px-3 text-ink-3 text-sm ring-1 ring-line ring-inset hover:text-ink hover:ring-line-strong"
    >
      <Search aria-hidden className="size-4" />
      {t('open')}
      <kbd
        aria-hidden
        className="ml-auto rounded border border-line-strong px-1.5 font-sans text-[11px] leading-4"
      >
        /
      </kbd>
    </button>
  );
}

/** The same in the bar of a small screen. */
export function SearchIconButton() {
  const t = useTranslations('search');
  const open = useOpenSearch();
  return (
    <button
      type="button"
      onClick={open}
      aria-label={t('open')}
      className="grid size-11 place-items-center rounded-md text-ink-2 hover:bg-line/60"
    >
      <Search aria-hidden className="size-5" />
    </button>
  );
}
