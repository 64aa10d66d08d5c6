import { createClient as createSseClient } from 'graphql-sse';
import {
  type AnyVariables,
  Client,
  cacheExchange,
  fetchExchange,
  mapExchange,
  stringifyDocument,
  type TypedDocumentNode,
} from 'urql';
import { type Problem, problemFrom, problemOf, problemOfCode } from './problem.ts';

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

/** Who follows an event stream. */
export interface Follower<Data> {
  readonly onData: (data: Data) => void;
  /** The stream is over, and not because it was closed here: it does not come back by itself. */
  readonly onEnd: () => void;
}

/** Opens the event stream of a subscription, as often as the connection breaks; answers what closes it. */
export type Follow = <Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  follower: Follower<Data>,
) => () => void;

/** Marks a write with the plant that the page has read. */
export function epochHeader(epoch: PlantEpoch): Record<string, string> {
  return epoch.current === '' ? {} : { 'x-plant-epoch': epoch.current };
}

/** How one page speaks with the server: POST for queries and mutations, one event stream a subscription. */
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

/** Not through urql, whose hook for subscriptions takes the first event for the end of the stream, and misses the end. */
function createFollow({ onProblem, onStreamOpen }: ClientOptions): Follow {
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
      if (refused) throw new Error(signedOut.code);
      await wait(Math.min(10_000, 500 * 2 ** Math.min(retries, 5)));
    },
    on: { connected: onStreamOpen },
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
