import { IntlMessageFormat } from 'intl-messageformat';
import type { ErrorCode } from './codes.ts';
import type { Locale } from './locale.ts';
import type { ErrorHint, ErrorReason, Failure, FieldReason, Params, ParamValue } from './reasons.ts';
import en from './texts/en.json';
import es from './texts/es.json';
import ptBR from './texts/pt-BR.json';

/** The texts of one language, in ICU MessageFormat. */
interface ErrorTexts {
  readonly codes: Readonly<Record<ErrorCode, { readonly message: string; readonly hint: string }>>;
  readonly reasons: Readonly<
    Record<ErrorReason, { readonly message: string; readonly hint?: string }>
  >;
  readonly hints: Readonly<Record<ErrorHint, string>>;
  readonly fields: Readonly<Record<FieldReason, string>>;
}

/** A catalogue that lacks the text of a code, reason, hint or field does not compile. */
export const errorTexts: Readonly<Record<Locale, ErrorTexts>> = { en, 'pt-BR': ptBR, es };

/** What happened and what to do next, in the language asked for; `hint` is empty where there is nothing to do. */
export function errorText(
  { code, reason, params, hint }: Failure,
  locale: Locale = 'en',
): { readonly message: string; readonly hint: string } {
  const { codes, reasons, hints } = errorTexts[locale];
  const ofCode = own(codes, code) ?? codes.INTERNAL;
  const ofReason = own(reasons, reason);
  return {
    message: formatted(ofReason?.message ?? ofCode.message, params, locale),
    hint: formatted(own(hints, hint) ?? ofReason?.hint ?? ofCode.hint, params, locale),
  };
}

/** What is wrong with a field, in the language asked for. */
export function fieldText(
  { reason, params = {} }: { readonly reason: string; readonly params?: Params },
  locale: Locale = 'en',
): string {
  const { fields } = errorTexts[locale];
  return formatted(own(fields, reason) ?? reason, params, locale);
}

/** A text of the catalogue, whose keys may come from elsewhere. */
function own<T>(texts: Readonly<Record<string, T>>, key: string | null): T | null {
  return key !== null && Object.hasOwn(texts, key) ? (texts[key] ?? null) : null;
}

const formats = new Map<string, IntlMessageFormat>();

function formatted(text: string, params: Params, locale: Locale): string {
  if (!text.includes('{')) return text;
  const key = `${locale}:${text}`;
  const format = formats.get(key) ?? new IntlMessageFormat(text, locale);
  formats.set(key, format);
  return String(format.format(shownParams(params, locale)));
}

/** Sizes, moments and failures as people read them. */
export function shownParams(params: Params, locale: Locale): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, shown(name, value, locale)]),
  );
}

function shown(name: string, value: ParamValue, locale: Locale): string | number {
  if (typeof value === 'object') return errorText(value, locale).message;
  if (/bytes$/i.test(name)) return sizeText(Number(value), locale);
  if (/At$/.test(name)) return momentText(new Date(value), locale);
  return value;
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A number of bytes in the unit that fits, three digits at most: `13.4 MB`. */
export function sizeText(bytes: number, locale: Locale): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumSignificantDigits: 3,
  }).format(bytes / 1000 ** power);
}

function momentText(moment: Date, locale: Locale): string {
  const text = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
  return `${text.format(moment)} UTC`;
}
