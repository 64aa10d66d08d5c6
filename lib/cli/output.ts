import { terminalLocale } from '#config';
import { asFiberkeepError, errorText, type FiberkeepError, fieldText, messageOf } from '#errors';
import type { Writing } from '#errors/moment-text.ts';

/** Standard output of a command: text for people, or one JSON document for programs. */
export interface Output {
  readonly json: boolean;
  /** For people only, while the command goes on. */
  say(line: string): void;
  /** Prints the answer in the form asked for. */
  answer(document: unknown, lines: readonly string[]): void;
}

export function openOutput(json: boolean): Output {
  return {
    json,
    say(line) {
      if (!json) process.stdout.write(`${line}\n`);
    },
    answer(document, lines) {
      const text = json ? JSON.stringify(document, jsonValue, 2) : lines.join('\n');
      process.stdout.write(`${text}\n`);
    },
  };
}

/**
 * Prints an error in the terminal's language, with moments in `timeZone`: as text on standard error, or as a
 * JSON document.
 */
export function showError(
  thrown: unknown,
  json: boolean,
  timeZone = 'UTC',
  locale = terminalLocale(),
): void {
  const error = asFiberkeepError(thrown);
  const { hint } = errorText(error, locale, timeZone);
  const message = messageOf(error, locale, timeZone);
  if (json) {
    const document = errorDocument(error, message, hint, { locale, timeZone });
    process.stdout.write(`${JSON.stringify({ error: document }, null, 2)}\n`);
    return;
  }
  process.stderr.write(`${error.code}: ${message}\n${hint === '' ? '' : `${hint}\n`}`);
}

function errorDocument(
  error: FiberkeepError,
  message: string,
  hint: string,
  { locale, timeZone }: Writing,
) {
  const fields = error.fields.map((field) => ({
    path: field.path,
    reason: field.reason,
    params: field.params ?? {},
    message: fieldText(field, locale, timeZone),
  }));
  return {
    ...error.extra,
    code: error.code,
    reason: error.reason,
    params: error.params,
    message,
    hint,
    fields,
  };
}

/** Byte counts are strings, as in the API: JSON numbers are exact only up to 2^53. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
