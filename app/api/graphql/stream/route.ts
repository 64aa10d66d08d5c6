import { streamHandler } from '#graphql/handle-stream.ts';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

/** GraphQL subscriptions as server-sent events. */
export const POST = streamHandler();
