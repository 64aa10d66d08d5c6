import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Writing } from '#errors/moment-text.ts';
import { assertSameOrigin, refusalHeaders } from '#services/accounts/request-headers.ts';
import { getServer, type Log, openLog, type Server } from '#services/server.ts';
import { readPlant } from '#services/write-plant.ts';
import { type Asked, hasDocument, readAsked } from './asked.ts';
import { type Context, createContext } from './context.ts';
import { refusalAnswer } from './errors.ts';
import { schema } from './executable-schema.ts';
import { assertForEntry, assertWithinLimits, limits } from './limits.ts';
import { readJson } from './read-body.ts';
import { createGraphQLServer } from './server.ts';

interface Running {
  /** One for each language and zone: Apollo does not tell `formatError` whose request it was. */
  apolloIn(writing: Writing): Promise<ApolloServer<Context>>;
  readonly log: Log;
}

/**
 * A handler of POST for GraphQL over HTTP, which answers with the cookies that the resolvers set. Throws only
 * where the server itself cannot be opened. Opens nothing before the first request, so that a build may load
 * the route. `production` replaces the configuration's value.
 */
export function graphQLHandler(
  options: { production?: boolean } = {},
): (request: Request) => Promise<Response> {
  let running: Promise<Running> | undefined;
  return async (request) => {
    running ??= start(options.production);
    return handle(await running, request);
  };
}

async function start(production: boolean | undefined): Promise<Running> {
  const { config } = await getServer();
  const log = openLog(config, 'graphql');
  const started = new Map<string, Promise<ApolloServer<Context>>>();
  const open = async (writing: Writing) => {
    const options = { production: production ?? config.production, log, writing };
    const apollo = createGraphQLServer(options);
    await apollo.start();
    return apollo;
  };
  return {
    log,
    apolloIn({ locale, timeZone }) {
      const key = `${locale} ${timeZone}`;
      const apollo = started.get(key) ?? open({ locale, timeZone });
      started.set(key, apollo);
      return apollo;
    },
  };
}

async function handle({ apolloIn, log }: Running, request: Request): Promise<Response> {
  const headers = new Headers({ 'cache-control': 'no-store' });
  try {
    assertSameOrigin((await getServer()).config, request.headers);
    // Read before anybody is identified: who sends the last byte late has no access of earlier.
    const body = await readJson(request, limits.bodyBytes);
    const context = await createContext(request, (cookie) => headers.append('set-cookie', cookie));
    const asked = readAsked(body, context.actor ? limits.tokens : limits.entryTokens);
    if (hasDocument(body) && !context.actor) assertForEntry(asked);
    if (asked) assertWithinLimits(schema, asked);
    const apollo = await apolloIn(context);
    const answer = await answerWhole(context.server, asked, () =>
      apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: request.method,
          headers: headerMap(request.headers),
          search: new URL(request.url).search,
          body,
        },
        context: async () => context,
      }),
    );
    return toResponse(answer, headers, request);
  } catch (thrown) {
    return refusalAnswer(thrown, request, log, headers);
  }
}

/**
 * Runs a request so that its answer never mixes two plants. A query is run again if a restore came in between.
 * Mutations run once: `writePlant` checks what they write.
 */
function answerWhole<T>(
  server: Pick<Server, 'plant'>,
  asked: Asked | null,
  run: () => Promise<T>,
): Promise<T> {
  return asked?.operation?.operation === 'query' ? readPlant(server, run) : run();
}

function headerMap(headers: Headers): HeaderMap {
  const map = new HeaderMap();
  headers.forEach((value, name) => {
    map.set(name, value);
  });
  return map;
}

function toResponse(answer: HTTPGraphQLResponse, headers: Headers, request: Request): Response {
  if (answer.body.kind !== 'complete') throw new Error('answers in pieces are not asked for');
  for (const [name, value] of answer.headers)
    if (name !== 'content-length') headers.set(name, value);
  const status = answer.status ?? 200;
  for (const [name, value] of Object.entries(refusalHeaders(request.headers, { status })))
    headers.set(name, value);
  return new Response(answer.body.string, { status, headers });
}
