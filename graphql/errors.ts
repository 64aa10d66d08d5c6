import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { asRewindError, RewindError } from '../lib/errors/index.ts';
import { refusalHeaders } from '../lib/services/accounts/bearer.ts';
import type { Log } from '../lib/services/log.ts';

/** Apollo's names for a request that is wrong before any resolver runs. */
const requestFaults: Record<string, 'BAD_REQUEST' | 'VALIDATION_FAILED'> = {
  GRAPHQL_PARSE_FAILED: 'BAD_REQUEST',
  GRAPHQL_VALIDATION_FAILED: 'BAD_REQUEST',
  BAD_REQUEST: 'BAD_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_REQUEST',
  BAD_USER_INPUT: 'VALIDATION_FAILED',
};

/**
 * What a client sees of an error: message and extensions `{ code, hint, fields, status }` and those of its own. A fault of ours
 * becomes INTERNAL with a reference under which the log has everything; nothing of it goes out.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Log,
): GraphQLFormattedError {
  const { message, code, hint, fields, status, extra } = publicError(formatted, error, log);
  return {
    message,
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
    extensions: { ...extra, code, hint, fields, status },
  };
}

function publicError(formatted: GraphQLFormattedError, error: unknown, log: Log): RewindError {
  if (formatted.extensions?.validationErrorCode === 'INTROSPECTION_DISABLED')
    return new RewindError('BAD_REQUEST', 'The API does not describe itself in production.', {
      hint: 'The schema stands in graphql/schema, examples in docs/api.md.',
    });
  const fault = requestFaults[String(formatted.extensions?.code)];
  if (fault)
    return new RewindError(fault, formatted.message, {
      hint: 'The schema stands in graphql/schema, examples in docs/api.md.',
    });
  const thrown = causeOf(error);
  const known = asRewindError(thrown);
  if (known.status < 500) return known;
  if (known.code !== 'INTERNAL') {
    log.error({ err: thrown }, known.message);
    return known;
  }
  const reference = randomUUID();
  log.error({ err: thrown, reference, path: formatted.path?.join('.') }, 'a request failed');
  return new RewindError('INTERNAL', 'Something went wrong on the server.', {
    hint: `Try again. If it stays, look for ${reference} in the server's log.`,
  });
}

/** What was thrown, out of the error that GraphQL put around it (by shape: a bundle may hold graphql twice). */
function causeOf(error: unknown): unknown {
  return (error as { originalError?: unknown } | null)?.originalError ?? error;
}

/**
 * The answer to an error outside any operation (body too large, another site's page, a wrong API key), in the
 * shape of GraphQL's. `headers` are added to it.
 */
export function refusalAnswer(
  thrown: unknown,
  request: Request,
  log: Log,
  headers = new Headers(),
): Response {
  const bare = new GraphQLError(thrown instanceof Error ? thrown.message : String(thrown));
  const error = formatError(bare.toJSON(), thrown, log);
  const status = Number(error.extensions?.status);
  const { retryAfterSeconds } = asRewindError(thrown);
  const refusal = refusalHeaders(request.headers, { status, retryAfterSeconds });
  for (const [name, value] of Object.entries(refusal)) headers.set(name, value);
  headers.set('content-type', 'application/json; charset=utf-8');
  return new Response(JSON.stringify({ errors: [error] }), { status, headers });
}
