import { asFiberkeepError } from '../errors/index.ts';

/** What a command says: text for people, or one JSON document for programs, on standard output. */
export interface Output {
  readonly json: boolean;
  /** For people only, while the command goes on. */
  say(line: string): void;
  /** The answer, in the form asked for. */
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

/** Code, message and hint: on standard error for people, as a document for programs. */
export function showError(thrown: unknown, json: boolean): void {
  const { code, message, hint, fields, extra } = asFiberkeepError(thrown);
  if (json) {
    const error = { ...extra, code, message, hint, ...(fields.length > 0 && { fields }) };
    process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
    return;
  }
  process.stderr.write(`${code}: ${message}\n${hint === '' ? '' : `${hint}\n`}`);
}

/** As in the API: counts of bytes are strings, since JSON numbers end at 2^53. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
