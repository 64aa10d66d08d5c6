import { z } from 'zod';
import { type FieldError, type FieldReason, validationError } from '#errors';
import type { FieldReasonParams } from '#errors/field-reasons.ts';
import { fits, tidyLine, type WrongText, wrongLine, wrongName } from '#text';

/** Limits of what people type, in characters (code points). */
export const MOST_NAME = 200;
export const MOST_LINE = 500;
export const MOST_TEXT = 20_000;
export const MOST_TAGS = 50;
export const MOST_POSITIONS = 10_000;
export const MOST_LENGTH_METERS = 10_000_000;

const CONTROL_BUT_LINES = /[^\P{Cc}\t\n\r]|[\p{Cs}\p{Zl}\p{Zp}]/u;

/** A fault of a field as the second argument of a Zod check. `readInput` reads it from the issue. */
export function wrong<R extends FieldReason>(
  ...[reason, params]: keyof FieldReasonParams[R] extends never
    ? [reason: R]
    : [reason: R, params: FieldReasonParams[R]]
): { readonly params: Record<string, unknown> } {
  return { params: { reason, params } };
}

/** A line as `tidyLine` has it. `fault` answers what is wrong with it, or null. */
function line(fault: (value: string) => WrongText | null) {
  return z
    .string()
    .overwrite(tidyLine)
    .superRefine((value, { addIssue }) => {
      const found = fault(value);
      if (found !== null) addIssue({ code: 'custom', params: { ...found } });
    });
}

/** Tidy, 1 to `most` characters, on one line. HTML, emoji and any script are plain text. */
export const nameField = (most = MOST_NAME) => line((value) => wrongName(value, most));

/** Tidy, up to `most` characters, on one line. */
export const lineField = (most = MOST_LINE) => line((value) => wrongLine(value, most));

/** Up to `most` characters on any number of lines. */
export const textField = (most = MOST_TEXT) =>
  z
    .string()
    .refine((value) => fits(value, most), wrong('tooLong', { max: most }))
    .refine((value) => !CONTROL_BUT_LINES.test(value), wrong('controlCharacters'));

const uuid = z.uuid();

/** The id of another row. The write checks that the row exists. */
export const idField = z
  .custom<string>((value) => uuid.safeParse(value).success, wrong('notAnId'))
  .transform((id) => id.toLowerCase());

/** At most MOST_TAGS ids, each once. */
export const tagIdsField = z
  .array(idField)
  .refine((ids) => ids.length <= MOST_TAGS, wrong('tooManyTags', { max: MOST_TAGS }))
  .transform((ids) => [...new Set(ids)]);

const degrees = (most: number) =>
  z.number().refine((value) => Math.abs(value) <= most, wrong('range', { min: -most, max: most }));

/** WGS 84, degrees. */
export const latField = degrees(90);
/** WGS 84, degrees. */
export const lngField = degrees(180);

/** A whole number from `least` to `most`. */
export const wholeField = (least: number, most: number) =>
  z.custom<number>(
    (value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most,
    wrong('wholeNumber', { min: least, max: most }),
  );

/** One of the words that the column's CHECK takes. */
export const wordField = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words);

const calendarDate = z.iso.date();

/** A day such as 2026-11-22, read as its midnight in UTC. Years have four digits. */
export const dateField = z
  .custom<string>((value) => calendarDate.safeParse(value).success, wrong('date'))
  .transform((date) => new Date(`${date}T00:00:00Z`));

/** `#rrggbb`, kept in lower case. */
export const colorField = z
  .string()
  .refine((value) => /^#[0-9a-f]{6}$/i.test(value), wrong('notAColor'))
  .toLowerCase();

/** Meters. */
export const lengthField = z
  .number()
  .refine((value) => value >= 0, wrong('atLeast', { min: 0 }))
  .refine((value) => value <= MOST_LENGTH_METERS, wrong('atMost', { max: MOST_LENGTH_METERS }));

const positionField = z
  .custom<unknown[]>((value) => Array.isArray(value) && value.length === 2, wrong('notAPosition'))
  .pipe(z.tuple([lngField, latField]));

/** Positions of a GeoJSON LineString (RFC 7946 section 3.1.4): none, or two or more `[lng, lat]`. */
export const pathField = z
  .custom<unknown[]>(Array.isArray, wrong('notAPosition'))
  .pipe(z.array(positionField))
  .refine(
    (path) => path.length <= MOST_POSITIONS,
    wrong('tooManyPositions', { max: MOST_POSITIONS }),
  )
  .refine((path) => path.length !== 1, wrong('onePosition'));

/**
 * The input as `schema` reads it. A null counts as not given, unless the field can be null. Throws
 * VALIDATION_FAILED naming every wrong field.
 */
export function readInput<F>(schema: z.ZodObject & z.ZodType<F>, input: object): F {
  const given = Object.entries(input).filter(
    ([key, value]) => value !== null || takesNull(schema.shape[key]),
  );
  const read = schema.safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  throw validationError(read.error.issues.map(fieldErrorOf));
}

/** A field's error from the data of the issue: what `wrong` put there, or what Zod found itself. */
export function fieldErrorOf(issue: z.core.$ZodIssue): FieldError {
  const path = issue.path.join('.');
  if (issue.code === 'custom' && issue.params?.reason !== undefined)
    return { path, reason: issue.params.reason, params: issue.params.params };
  if (issue.code === 'invalid_value')
    return { path, reason: 'notOneOf', params: { words: issue.values.join(', ') } };
  if (issue.code !== 'invalid_type') return { path, reason: 'invalid' };
  return { path, reason: issue.expected === 'number' ? 'notANumber' : 'required' };
}

function takesNull(field: unknown): boolean {
  return field instanceof z.ZodType && field.safeParse(null).success;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it can be an id at all: PostgreSQL refuses anything else with an error of its own. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
