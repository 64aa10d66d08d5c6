import { IntlMessageFormat } from 'intl-messageformat';
import type { ErrorCode } from './codes.ts';
import type { FieldReason } from './field-reasons.ts';
import type { Locale } from './locale.ts';
import { momentText, type Writing } from './moment-text.ts';
import type { Failure, Params, ParamValue } from './params.ts';
import type { ErrorHint, ErrorReason } from './reasons.ts';

/** The texts of one language, in ICU MessageFormat. */
export interface ErrorTexts {
  readonly codes: Readonly<Record<ErrorCode, { readonly message: string; readonly hint: string }>>;
  readonly reasons: Readonly<
    Record<ErrorReason, { readonly message: string; readonly hint?: string }>
  >;
  readonly hints: Readonly<Record<ErrorHint, string>>;
  readonly fields: Readonly<Record<FieldReason, string>>;
}

/** What happened and what to do next. `hint` is empty where there is nothing to do. */
export interface ErrorText {
  readonly message: string;
  readonly hint: string;
}

/** `errorText` with the texts as an argument: a page holds those of its language only. */
export function errorTextIn(
  texts: ErrorTexts,
  { code, reason, params, hint }: Failure,
  writing: Writing,
): ErrorText {
  const ofCode = own(texts.codes, code) ?? texts.codes.INTERNAL;
  const ofReason = own(texts.reasons, reason);
  return {
    message: filledTextIn(texts, ofReason?.message ?? ofCode.message, params, writing),
    hint: filledTextIn(
      texts,
      own(texts.hints, hint) ?? ofReason?.hint ?? ofCode.hint,
      params,
      writing,
    ),
  };
}

/** Whether there is a text for exactly this failure: a newer server may know other codes and reasons. */
export function hasErrorText(
  texts: ErrorTexts,
  { code, reason }: Pick<Failure, 'code' | 'reason'>,
): boolean {
  return (
    own(texts.codes, code) !== null && (reason === null || own(texts.reasons, reason) !== null)
  );
}

/** What is wrong with a field; null where there is no text for its reason. */
export function fieldTextIn(
  texts: ErrorTexts,
  { reason, params = {} }: { readonly reason: string; readonly params?: Params | undefined },
  writing: Writing,
): string | null {
  const text = own(texts.fields, reason);
  return text === null ? null : filledTextIn(texts, text, params, writing);
}

/** A text of the catalogue, whose keys may come from elsewhere. */
function own<T>(texts: Readonly<Record<string, T>>, key: string | null): T | null {
  return key !== null && Object.hasOwn(texts, key) ? (texts[key] ?? null) : null;
}

const formats = new Map<string, IntlMessageFormat>();

/** A text of any catalogue with its params filled in; `texts` are for failures among them. */
export function filledTextIn(
  texts: ErrorTexts,
  text: string,
  params: Params,
  writing: Writing,
): string {
  if (!text.includes('{')) return text;
  const key = `${writing.locale}:${text}`;
  const format = formats.get(key) ?? new IntlMessageFormat(text, writing.locale);
  formats.set(key, format);
  return String(format.format(shownParams(texts, params, writing)));
}

/** Sizes, moments and failures as people read them. */
function shownParams(
  texts: ErrorTexts,
  params: Params,
  writing: Writing,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, shown(texts, name, value, writing)]),
  );
}

function shown(
  texts: ErrorTexts,
  name: string,
  value: ParamValue,
  writing: Writing,
): string | number {
  if (typeof value === 'object') return errorTextIn(texts, value, writing).message;
  if (/bytes$/i.test(name)) return sizeText(Number(value), writing.locale);
  if (/At$/.test(name)) return momentText(new Date(value), writing);
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
