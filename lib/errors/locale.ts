/** The languages there are, and what each calls itself. */
export const localeNames = { en: 'English', 'pt-BR': 'Português (Brasil)', es: 'Español' } as const;

export type Locale = keyof typeof localeNames;

export const locales = Object.keys(localeNames) as Locale[];

export function isLocale(value: string | null | undefined): value is Locale {
  return value !== null && value !== undefined && value in localeNames;
}

/** The best of our locales for an Accept-Language header (RFC 9110 section 12.5.4); English without a match. */
export function negotiateLocale(acceptLanguage: string | null): Locale {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map(parseRange)
    .filter((range) => range.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { language } of wanted) {
    const found = locales.find((locale) => locale.toLowerCase().split('-')[0] === language);
    if (found) return found;
  }
  return 'en';
}

function parseRange(range: string): { language: string; quality: number } {
  const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
  const q = parameters.map((parameter) => parameter.trim()).find((p) => p.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { language: tag.split('-')[0] ?? '', quality: Number.isFinite(quality) ? quality : 0 };
}
