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

/** What happened and what to do next, in the language asked for; moments in this zone, which is named. */
export function errorText(failure: Failure, locale: Locale = 'en', timeZone = 'UTC'): ErrorText {
  return errorTextIn(errorTexts[locale], failure, { locale, timeZone });
}

/** What is wrong with a field, in the language and zone asked for. */
export function fieldText(
  field: { readonly reason: string; readonly params?: Params | undefined },
  locale: Locale = 'en',
  timeZone = 'UTC',
): string {
  return fieldTextIn(errorTexts[locale], field, { locale, timeZone }) ?? field.reason;
}

/** A text of another catalogue with its params filled in: sizes, moments and failures as people read them. */
export function filledText(text: string, params: Params, locale: Locale, timeZone = 'UTC'): string {
  return filledTextIn(errorTexts[locale], text, params, { locale, timeZone });
}
