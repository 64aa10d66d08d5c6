import type { Locale } from './locale.ts';
import type { Failure, Params } from './params.ts';
import {
  type ErrorText,
  type ErrorTexts,
  errorTextIn,
  fieldTextIn,
  filledTextIn,
} from './text-in.ts';
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import ptBR from './texts/pt-BR.json' with { type: 'json' };

/** A catalogue that lacks the text of a code, reason, hint or field does not compile. */
export const errorTexts: Readonly<Record<Locale, ErrorTexts>> = { en, 'pt-BR': ptBR, es };

/** What happened and what to do next, in the language asked for; moments in UTC. */
export function errorText(failure: Failure, locale: Locale = 'en'): ErrorText {
  return errorTextIn(errorTexts[locale], failure, { locale, timeZone: 'UTC' });
}

/** What is wrong with a field, in the language asked for. */
export function fieldText(
  field: { readonly reason: string; readonly params?: Params | undefined },
  locale: Locale = 'en',
): string {
  return fieldTextIn(errorTexts[locale], field, { locale, timeZone: 'UTC' }) ?? field.reason;
}

/** A text of another catalogue with its params filled in: sizes, moments and failures as people read them. */
export function filledText(text: string, params: Params, locale: Locale): string {
  return filledTextIn(errorTexts[locale], text, params, { locale, timeZone: 'UTC' });
}
