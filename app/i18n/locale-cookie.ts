/** Holds the language that somebody chose before signing in. */
export const LOCALE_COOKIE = 'locale';
