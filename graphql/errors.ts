import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import {
  asFiberkeepError,
  errorText,
  FiberkeepError,
  fieldText,
  messageOf,
  negotiateLocale,
} from '#errors';
import type { Writing } from '#errors/moment-text.ts';
import { refusalHeaders } from '#services/accounts/request-headers.ts';
import type { Log } from '#services/server.ts';

type RequestFault = (detail: string) => FiberkeepError;

const requestInvalid: RequestFault = (detail) =>
  new FiberkeepError('BAD_REQUEST', {
    reason: 'requestInvalid',
    params: { detail },
    hint: 'seeApiDocs',
  });

const queryInvalid: RequestFault = (detail) =>
  new FiberkeepError('BAD_REQUEST', {
    reason: 'queryInvalid',
    params: { detail },
    hint: 'seeApiDocs',
  });

const variablesInvalid: RequestFault = (detail) =>
  new FiberkeepError('VALIDATION_FAILED', {
    reason: 'variablesInvalid',
    params: { detail },
    hint: 'seeApiDocs',
  });

/** Faults of a request before any resolver runs, by Apollo's names for them. */
const requestFaults: Record<string, RequestFault> = {
  GRAPHQL_PARSE_FAILED: queryInvalid,
  GRAPHQL_VALIDATION_FAILED: queryInvalid,
  BAD_REQUEST: requestInvalid,
  OPERATION_RESOLUTION_FAILURE: requestInvalid,
  PERSISTED_QUERY_NOT_SUPPORTED: requestInvalid,
  PERSISTED_QUERY_NOT_FOUND: requestInvalid,
  BAD_USER_INPUT: variablesInvalid,
};

/**
 * What a client sees of an error: a message and the extensions `{ code, reason, params, hint, fields, status }`,
 * with texts in this language and zone. An unexpected error becomes INTERNAL with a reference. The log has its details under
 * that reference; the client gets none.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  log: Log,
  { locale, timeZone }: Pick<Writing, 'locale' | 'timeZone'>,
): GraphQLFormattedError {
  const error = publicError(formatted, thrown, log);
  const { hint } = errorText(error, locale, timeZone);
  const { code, reason, params, status, extra } = error;
  const fields = error.fields.map((field) => ({
    ...field,
    message: fieldText(field, locale, timeZone),
  }));
  return {
    message: messageOf(error, locale, timeZone),
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
    extensions: { ...extra, code, reason, params, hint, fields, status },
  };
}

function publicError(formatted: GraphQLFormattedError, error: unknown, log: Log): FiberkeepError {
  if (formatted.extensions?.validationErrorCode === 'INTROSPECTION_DISABLED')
    return new FiberkeepError('BAD_REQUEST', { reason: 'introspectionOff' });
  const fault = requestFaults[String(formatted.extensions?.code)];
  if (fault) return fault(formatted.message);
  const thrown = causeOf(error);
  const known = asFiberkeepError(thrown);
  if (known.status < 500) return known;
  if (known.code !== 'INTERNAL') {
    log.error({ err: thrown }, known.message);
    return known;
  }
  const reference = randomUUID();
  log.error({ err: thrown, reference, path: formatted.path?.join('.') }, 'a request failed');
  return new FiberkeepError('INTERNAL', { reason: 'loggedUnder', params: { reference } });
}

/** Unwraps what GraphQL has wrapped, by its shape: a bundle may hold graphql twice. */
function causeOf(error: unknown): unknown {
  return (error as { originalError?: unknown } | null)?.originalError ?? error;
}

/**
 * The answer to an error outside any operation (body too large, another site's page, a wrong API key), in
 * GraphQL's shape. `headers` are added to it.
 */
export function refusalAnswer(
  thrown: unknown,
  request: Request,
  log: Log,
  headers = new Headers(),
): Response {
  const bare = new GraphQLError(thrown instanceof Error ? thrown.message : String(thrown));
  const locale = negotiateLocale(request.headers.get('accept-language'));
  const error = formatError(bare.toJSON(), thrown, log, { locale, timeZone: 'UTC' });
  const status = Number(error.extensions?.status);
  const { retryAfterSeconds } = asFiberkeepError(thrown);
  const refusal = refusalHeaders(request.headers, { status, retryAfterSeconds });
  for (const [name, value] of Object.entries(refusal)) headers.set(name, value);
  headers.set('content-type', 'application/json; charset=utf-8');
  headers.set('content-language', locale);
  return new Response(JSON.stringify({ errors: [error] }), { status, headers });
}
