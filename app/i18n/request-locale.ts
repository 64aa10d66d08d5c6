import { cookies, headers } from 'next/headers';
import { createTranslator } from 'next-intl';
import { isLocale, type Locale, negotiateLocale } from '#errors/locale.ts';
import { readMe } from '../session/read-me.ts';
import { catalogues, type Messages } from './catalogues.ts';
import { LOCALE_COOKIE } from './locale-cookie.ts';

/** The person's language: from the profile, else as chosen in this browser, else as the browser asks. */
export async function requestLocale(): Promise<Locale> {
  const own = (await readMe())?.user.locale;
  if (isLocale(own)) return own;
  const chosen = (await cookies()).get(LOCALE_COOKIE)?.value;
  return isLocale(chosen) ? chosen : negotiateLocale((await headers()).get('accept-language'));
}

export type Theme = 'light' | 'dark';

/** The theme that the person chose; null follows the system. */
export async function requestTheme(): Promise<Theme | null> {
  const theme = (await cookies()).get('theme')?.value;
  return theme === 'light' || theme === 'dark' ? theme : null;
}

/** Texts for what the server writes itself: titles and refusals. */
export async function serverTexts<Namespace extends keyof Messages>(namespace: Namespace) {
  const locale = await requestLocale();
  return createTranslator({ locale, messages: catalogues[locale], namespace });
}
