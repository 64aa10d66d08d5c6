import { graphQLHandler } from '#graphql/handle-request.ts';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

/** GraphQL over HTTP. Only POST, also for queries, so that no link can carry one. */
export const POST = graphQLHandler();
