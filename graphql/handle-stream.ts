import {
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { RequestParams } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fetch';
import { FiberkeepError } from '#errors';
import type { Writing } from '#errors/moment-text.ts';
import { assertSameOrigin } from '#services/accounts/request-headers.ts';
import { getServer, type Log, openLog } from '#services/server.ts';
import { type Asked, readAsked } from './asked.ts';
import { type Context, createContext } from './context.ts';
import { formatError, refusalAnswer } from './errors.ts';
import { schema } from './executable-schema.ts';
import { assertForEntry, assertWithinLimits, limits } from './limits.ts';
import { readJson } from './read-body.ts';

const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule];

/**
 * A handler of POST for subscriptions as server-sent events (GraphQL over SSE, distinct connections mode).
 * Takes only subscriptions; /api/graphql takes everything else. Errors have the same shape as there.
 */
export function streamHandler(): (request: Request) => Promise<Response> {
  let opened: Promise<Log> | undefined;
  return async (request) => {
    opened ??= getServer().then(({ config }) => openLog(config, 'graphql-stream'));
    const log = await opened;
    try {
      assertSameOrigin((await getServer()).config, request.headers);
      // Read before anybody is identified: who sends the last byte late has no access of earlier.
      const body = await readJson(request, limits.bodyBytes);
      // A stream sets no cookies. The next ordinary request renews the session's cookie.
      const context = await createContext(request, () => {});
      const asked = readAsked(body, context.actor ? limits.tokens : limits.entryTokens);
      return await handle(request, JSON.stringify(body), { ...context, asked }, log);
    } catch (thrown) {
      return refusalAnswer(thrown, request, log);
    }
  };
}

interface Asking extends Context {
  readonly asked: Asked | null;
}

async function handle(
  request: Request,
  body: string,
  context: Asking,
  log: Log,
): Promise<Response> {
  const { method, headers, signal, url } = request;
  const answer = createHandler({
    onSubscribe: (_request, params) => prepare(context, params).catch(asResult),
    onNext: (_context, _request, result) => withPublicErrors(result, log, context),
  });
  return answer(new Request(url, { method, headers, signal, body }));
}

/** What graphql-js needs to run the subscription. Throws where it is invalid. */
async function prepare({ asked, ...context }: Asking, params: RequestParams) {
  if (!context.actor) assertForEntry(asked);
  if (asked) assertWithinLimits(schema, asked);
  const document = parse(params.query, { maxTokens: limits.tokens });
  const { operationName, variables } = params;
  if (getOperationAST(document, operationName)?.operation !== 'subscription')
    throw new FiberkeepError('BAD_REQUEST', { reason: 'onlySubscriptions' });
  const invalid = validate(schema, document, rules)[0];
  if (invalid) throw invalid;
  const contextValue = { ...context };
  return { schema, document, operationName, variableValues: variables, contextValue };
}

/** graphql-sse knows a result by its `data`. */
function asResult(thrown: unknown): ExecutionResult {
  if (thrown instanceof GraphQLError)
    return { data: null, errors: [codedAs(thrown, 'GRAPHQL_VALIDATION_FAILED')] };
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { data: null, errors: [new GraphQLError(originalError.message, { originalError })] };
}

function codedAs(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, { nodes: error.nodes, extensions: { code } });
}

function withPublicErrors<R extends { errors?: readonly GraphQLError[] }>(
  result: R,
  log: Log,
  writing: Writing,
): R {
  if (!result.errors) return result;
  const errors = result.errors.map((error) => {
    const { message, extensions } = formatError(error.toJSON(), error, log, writing);
    return new GraphQLError(message, { nodes: error.nodes, path: error.path, extensions });
  });
  return { ...result, errors };
}
