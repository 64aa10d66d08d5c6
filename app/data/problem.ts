import type { CombinedError } from 'urql';

/** What went wrong, as the server said it: code, words, what to do next, and the wrong fields of a form. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A failed GraphQL operation as a Problem; NETWORK where no answer came. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0];
  if (!first) return networkProblem(error.networkError?.message ?? error.message);
  return problemFrom(first.extensions, first.message);
}

export function networkProblem(message: string): Problem {
  return { code: 'NETWORK', message, hint: '', fields: {} };
}

/** Reads `code`, `hint` and `fields` off GraphQL extensions or a problem+json body (RFC 9457). */
export function problemFrom(source: unknown, message: string): Problem {
  const { code, hint, fields } = (source ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message,
    hint: typeof hint === 'string' ? hint : '',
    fields: fieldsOf(fields),
  };
}

function fieldsOf(fields: unknown): Record<string, string> {
  if (!Array.isArray(fields)) return {};
  const entries = fields.map((field: { path?: unknown; message?: unknown }) => [
    String(field.path ?? '').replace(/^input\./, ''),
    String(field.message ?? ''),
  ]);
  return Object.fromEntries(entries);
}
