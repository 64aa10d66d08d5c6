import { createClient as createSseClient } from 'graphql-sse';
import {
  type AnyVariables,
  Client,
  cacheExchange,
  type DocumentInput,
  fetchExchange,
  mapExchange,
  stringifyDocument,
} from 'urql';
import { type Problem, problemFrom, problemOf, problemOfCode } from './problem.ts';

/**
 * The epoch of the plant that this page has read. Writes send it, and are refused after a restore.
 */
export interface PlantEpoch {
  current: string;
}

export interface ClientOptions {
  readonly epoch: PlantEpoch;
  /** Called with every failed operation, before the caller gets it. */
  readonly onProblem: (problem: Problem) => void;
  /** Called when the event stream opens (true), and when the server does not answer at all (false). */
  readonly onReach: (reached: boolean) => void;
}

/** The receiver of an event stream. */
export interface Follower<Data> {
  readonly onData: (data: Data) => void;
  /** Called when the stream ends without having been closed here. It does not reopen by itself. */
  readonly onEnd: () => void;
}

/**
 * Opens the event stream of a subscription, and reopens it after lost connections. Returns a
 * function that closes it.
 */
export type Follow = <Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
  variables: Variables,
  follower: Follower<Data>,
) => () => void;

/** Sends the plant epoch that the page has read along with a write. */
export function epochHeader(epoch: PlantEpoch): Record<string, string> {
  return epoch.current === '' ? {} : { 'x-plant-epoch': epoch.current };
}

/**
 * The page's GraphQL client: POST for queries and mutations, one event stream for each
 * subscription.
 */
export function createClient(options: ClientOptions): { client: Client; follow: Follow } {
  const { epoch, onProblem } = options;
  const client = new Client({
    url: '/api/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: () => ({ credentials: 'same-origin', headers: epochHeader(epoch) }),
    exchanges: [
      mapExchange({ onError: (error) => onProblem(problemOf(error)) }),
      cacheExchange,
      fetchExchange,
    ],
  });
  return { client, follow: createFollow(options) };
}

/** Bypasses urql, whose subscription hook treats the first event as the end, and misses the end. */
function createFollow({ onProblem, onReach }: ClientOptions): Follow {
  let refused = false;
  const stream = createSseClient({
    url: '/api/graphql/stream',
    credentials: 'same-origin',
    fetchFn: async (url: string, init: RequestInit) => {
      const answer = await fetch(url, init).catch((thrown: unknown) => {
        if (!init.signal?.aborted) onReach(false);
        throw thrown;
      });
      refused = answer.status === 401;
      if (refused) onProblem(signedOut);
      return answer;
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: async (retries) => {
      if (refused) throw new Error(signedOut.code);
      await wait(Math.min(10_000, 500 * 2 ** Math.min(retries, 5)));
    },
    on: { connected: () => onReach(true) },
  });
  return (document, variables, { onData, onEnd }) => {
    let closed = false;
    const ended = () => closed || onEnd();
    const query = stringifyDocument(document);
    const close = stream.subscribe(
      { query, variables: variables ?? {} },
      {
        next({ data, errors }) {
          const [error] = errors ?? [];
          if (error) onProblem(problemFrom(error.extensions, error.message));
          else if (data && !closed) onData(data as Parameters<typeof onData>[0]);
        },
        error: ended,
        complete: ended,
      },
    );
    return () => {
      closed = true;
      close();
    };
  };
}

const signedOut = problemOfCode('UNAUTHENTICATED');

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
