import type { Locale } from '#errors/locale.ts';
import { errorTexts } from '#errors/text.ts';
import type { ErrorTexts } from '#errors/text-in.ts';
import en from '../messages/en.json';
import es from '../messages/es.json';
import ptBR from '../messages/pt-BR.json';

type PageTexts = typeof en;

/** The texts of a page, and those of errors, which the server uses too. */
export type Messages = PageTexts & { readonly errors: ErrorTexts };

/** The page's own texts in each language; a catalogue that lacks one of the English texts does not compile. */
export const pageTexts: Readonly<Record<Locale, PageTexts>> = { en, 'pt-BR': ptBR, es };

/** All texts of a page in its language. */
export const catalogues: Readonly<Record<Locale, Messages>> = {
  en: { ...en, errors: errorTexts.en },
  'pt-BR': { ...ptBR, errors: errorTexts['pt-BR'] },
  es: { ...es, errors: errorTexts.es },
};
