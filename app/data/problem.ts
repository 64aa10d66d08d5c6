import type { CombinedError } from 'urql';
import type { Params } from '#errors/params.ts';

/** What is wrong with one field of a form. */
export interface FieldProblem {
  readonly reason: string;
  readonly params: Params;
  /** The server's own text. */
  readonly message: string;
}

/** What went wrong: its code, reason and params, and the wrong fields of a form by their paths. */
export interface Problem {
  readonly code: string;
  readonly reason: string | null;
  readonly params: Params;
  /** The server's own text; empty without an answer. */
  readonly message: string;
  readonly hint: string;
  readonly fields: Readonly<Record<string, FieldProblem>>;
}

/** Turns a failed GraphQL operation into a Problem; NETWORK without an answer. */
export function problemOf(error: CombinedError): Problem {
  const first = error.graphQLErrors[0];
  return first ? problemFrom(first.extensions, first.message) : networkProblem();
}

/** A Problem of a code that the page itself found. */
export function problemOfCode(code: string): Problem {
  return { code, reason: null, params: {}, message: '', hint: '', fields: {} };
}

export function networkProblem(): Problem {
  return problemOfCode('NETWORK');
}

/** A Problem of a failure that the server has stored: of a job, night, upload or notification. */
export function problemOfFailure(failure: Omit<Problem, 'fields'>): Problem {
  return { ...failure, fields: {} };
}

/** Reads a Problem from GraphQL extensions or a problem+json body (RFC 9457). */
export function problemFrom(source: unknown, message: string): Problem {
  const { code, reason, params, hint, fields } = (source ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    reason: typeof reason === 'string' ? reason : null,
    params: paramsOf(params),
    message,
    hint: typeof hint === 'string' ? hint : '',
    fields: fieldsOf(fields),
  };
}

/** Reads the problem+json body of a response (RFC 9457); throws for any other. */
export function problemOfJson(text: string): Problem {
  const body = JSON.parse(text) as { detail?: string; title?: string };
  return problemFrom(body, body.detail ?? body.title ?? '');
}

function fieldsOf(fields: unknown): Record<string, FieldProblem> {
  if (!Array.isArray(fields)) return {};
  return Object.fromEntries(
    fields.map((field: Record<string, unknown>) => [
      String(field.path ?? '').replace(/^input\./, ''),
      {
        reason: String(field.reason ?? ''),
        params: paramsOf(field.params),
        message: String(field.message ?? ''),
      },
    ]),
  );
}

function paramsOf(params: unknown): Params {
  return typeof params === 'object' && params !== null ? (params as Params) : {};
}
