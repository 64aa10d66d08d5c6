'use client';

import { Languages } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { LOCALE_COOKIE } from '#app/i18n/locale-cookie.ts';
import { localeNames, locales } from '#errors/locale.ts';

const YEAR_SECONDS = 31_536_000;

/** The language of this browser, for pages before somebody signed in; a profile's own language wins over it. */
export function LanguageSwitch() {
  const t = useTranslations('common');
  const router = useRouter();
  const choose = (locale: string) => {
    const cookie = `${LOCALE_COOKIE}=${locale}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    Reflect.set(document, 'cookie', cookie);
    router.refresh();
  };
  return (
    <div className="relative flex items-center text-ink-2 hover:text-ink">
      <Languages aria-hidden className="pointer-events-none absolute left-2.5 size-4" />
      <select
        aria-label={t('language')}
        value={useLocale()}
        onChange={(event) => choose(event.target.value)}
        className="field-sizing-content h-9 appearance-none rounded-md bg-transparent pr-2.5 pl-8.5 text-[13px] hover:bg-line/60 pointer-coarse:h-11"
      >
        {locales.map((locale) => (
          <option key={locale} value={locale} lang={locale}>
            {localeNames[locale]}
          </option>
        ))}
      </select>
    </div>
  );
}
