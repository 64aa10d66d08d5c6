import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import type { Writing } from '#errors/moment-text.ts';
import type { Log } from '#services/server.ts';
import type { Context } from './context.ts';
import { formatError } from './errors.ts';
import { schema } from './executable-schema.ts';
import { limits } from './limits.ts';

/**
 * Apollo Server over the schema, not started, with errors in this language and zone. In production it answers no
 * introspection and suggests no field names. It has no landing page, which would load foreign scripts.
 */
export function createGraphQLServer(options: {
  production: boolean;
  log: Log;
  writing: Pick<Writing, 'locale' | 'timeZone'>;
}): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: !options.production,
    hideSchemaDetailsFromClientErrors: options.production,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // The launcher ends the process; Apollo must not take its signals.
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    logger: options.log,
    formatError: (formatted, error) => formatError(formatted, error, options.log, options.writing),
    plugins: [ApolloServerPluginLandingPageDisabled(), statusPlugin],
  });
}

/** An answer without data has the HTTP status of its first error. */
const statusPlugin: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { data, errors } = response.body.singleResult;
        const status = errors?.[0] && statusOf(errors[0]);
        if (status && isEmpty(data)) response.http.status = status;
      },
    };
  },
};

function statusOf(error: GraphQLFormattedError): number | null {
  const status = error.extensions?.status;
  return typeof status === 'number' ? status : null;
}

function isEmpty(data: Record<string, unknown> | null | undefined): boolean {
  return data == null || Object.values(data).every((value) => value === null);
}
