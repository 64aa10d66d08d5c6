import { createClient as createSseClient } from 'graphql-sse';
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { type Problem, problemOf } from './problem.ts';

/** The plant that this page has read; every write says so, and is refused where a restore came between. */
export interface PlantEpoch {
  current: string;
}

export interface ClientOptions {
  readonly epoch: PlantEpoch;
  /** Told of every failed operation, before the caller is. */
  readonly onProblem: (problem: Problem) => void;
  /** The event stream is up (again): what changed meanwhile was not heard. */
  readonly onStreamOpen: () => void;
}

/** Marks a write with the plant that the page has read. */
export function epochHeader(epoch: PlantEpoch): Record<string, string> {
  return epoch.current === '' ? {} : { 'x-plant-epoch': epoch.current };
}

/** The GraphQL client of one page: POST for queries and mutations, one event stream a subscription. */
export function createClient({ epoch, onProblem, onStreamOpen }: ClientOptions): Client {
  let refused = false;
  const stream = createSseClient({
    url: '/api/graphql/stream',
    credentials: 'same-origin',
    fetchFn: async (url: string, init: RequestInit) => {
      const answer = await fetch(url, init);
      refused = answer.status === 401;
      if (refused) onProblem(signedOut);
      return answer;
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: async (retries) => {
      if (refused) throw new Error(signedOut.message);
      await wait(Math.min(10_000, 500 * 2 ** Math.min(retries, 5)));
    },
    on: { connected: onStreamOpen },
  });
  return new Client({
    url: '/api/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ credentials: 'same-origin', headers: epochHeader(epoch) }),
    exchanges: [
      mapExchange({ onError: (error) => onProblem(problemOf(error)) }),
      cacheExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: stream.subscribe({ query: query ?? '', variables }, asSseSink(sink)),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
}

const signedOut: Problem = {
  code: 'UNAUTHENTICATED',
  message: 'You are not signed in.',
  hint: '',
  fields: {},
};

interface UrqlSink {
  next(value: { data?: Record<string, unknown> | null; errors?: readonly Error[] }): void;
  error(error: unknown): void;
  complete(): void;
}

type SseSink = Parameters<ReturnType<typeof createSseClient>['subscribe']>[1];

function asSseSink(sink: UrqlSink): SseSink {
  return {
    next: ({ data, errors }) =>
      sink.next({ data: data as Record<string, unknown> | null | undefined, errors }),
    error: (error) => sink.error(error),
    complete: () => sink.complete(),
  };
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
