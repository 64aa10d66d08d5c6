import { z } from 'zod';
import { validationError } from '../errors/index.ts';
import { fits, wrongFileName, wrongLine, wrongName } from '../short-text.ts';

/** Limits of what people type, in characters (code points). */
export const MOST_NAME = 200;
export const MOST_LINE = 500;
export const MOST_TEXT = 20_000;
export const MOST_TAGS = 50;
export const MOST_POSITIONS = 10_000;
export const MOST_LENGTH_METERS = 10_000_000;

const CONTROL_BUT_LINES = /[^\P{Cc}\t\n\r]|[\p{Cs}\p{Zl}\p{Zp}]/u;

const missing = { error: 'is required' };

/** A trimmed line that `wrong` finds nothing wrong with, or else says what. */
function line(wrong: (value: string) => string | null) {
  return z
    .string(missing)
    .trim()
    .superRefine((value, { addIssue }) => {
      const message = wrong(value);
      if (message !== null) addIssue({ code: 'custom', message });
    });
}

/** Trimmed, 1 to `most` characters, on one line. HTML, emoji and any script are text like other text. */
export const nameField = (most = MOST_NAME) => line((value) => wrongName(value, most));

/** The name of a file, which nobody typed. */
export const fileNameField = (most: number) => line((value) => wrongFileName(value, most));

/** Trimmed, up to `most` characters, on one line. */
export const lineField = (most = MOST_LINE) => line((value) => wrongLine(value, most));

/** Up to `most` characters on any number of lines. */
export const textField = (most = MOST_TEXT) =>
  z
    .string(missing)
    .refine((value) => fits(value, most), `has more than ${most} characters`)
    .refine((value) => !CONTROL_BUT_LINES.test(value), 'holds control characters');

/** The id of another row; whether there is one is for the write to see. */
export const idField = z.uuid('is not an id').toLowerCase();

/** At most MOST_TAGS ids, each once. */
export const tagIdsField = z
  .array(idField)
  .max(MOST_TAGS, `holds more than ${MOST_TAGS} tags`)
  .transform((ids) => [...new Set(ids)]);

const degrees = (most: number) =>
  z
    .number('is not a number')
    .min(-most, `is not between -${most} and ${most}`)
    .max(most, `is not between -${most} and ${most}`);

/** WGS 84, degrees. */
export const latField = degrees(90);
/** WGS 84, degrees. */
export const lngField = degrees(180);

/** A whole number from `least` to `most`. */
export const wholeField = (least: number, most: number) => {
  const message = `is not a whole number from ${least} to ${most}`;
  return z.number(message).int(message).min(least, message).max(most, message);
};

/** One of the words that the column's CHECK takes. */
export const wordField = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, `is none of ${words.join(', ')}`);

/** `#rrggbb`, kept in lower case. */
export const colorField = z
  .string(missing)
  .regex(/^#[0-9a-f]{6}$/i, 'is not a colour such as #64748b')
  .toLowerCase();

/** Metres. */
export const lengthField = z
  .number('is not a number')
  .min(0, 'is below 0')
  .max(MOST_LENGTH_METERS, `is more than ${MOST_LENGTH_METERS}`);

/** Positions of a GeoJSON LineString (RFC 7946 section 3.1.4): none, or two or more `[lng, lat]`. */
export const pathField = z
  .array(
    z.tuple([lngField, latField], 'is not a position [lng, lat]'),
    'is not a list of positions',
  )
  .max(MOST_POSITIONS, `has more than ${MOST_POSITIONS} positions`)
  .refine((path) => path.length !== 1, 'has one position: a line needs two');

/**
 * The input as `schema` has it. A null counts as not given, but where the field can be null.
 * Throws VALIDATION_FAILED naming every wrong field.
 */
export function readInput<F>(schema: z.ZodObject & z.ZodType<F>, input: object): F {
  const given = Object.entries(input).filter(
    ([key, value]) => value !== null || takesNull(schema.shape[key]),
  );
  const read = schema.safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  throw validationError(
    read.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}

function takesNull(field: unknown): boolean {
  return field instanceof z.ZodType && field.safeParse(null).success;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it can be an id at all: PostgreSQL refuses anything else with an error of its own. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
