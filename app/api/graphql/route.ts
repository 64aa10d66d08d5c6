import { graphQLHandler } from '#graphql/handle-request.ts';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

/** GraphQL over HTTP. Only POST: what changes nothing is asked that way too, so no link can carry a query. */
export const POST = graphQLHandler();
