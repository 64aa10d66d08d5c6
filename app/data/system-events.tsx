'use client';

import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react';
import { useClient } from 'urql';
import {
  MeDocument,
  SystemEventsDocument,
  type SystemEventsSubscription,
} from '#generated/graphql/client/graphql.ts';
import { goToSignIn } from './graphql-provider.tsx';
import { useStream } from './use-stream.ts';

export type SystemEvent = SystemEventsSubscription['systemEvents'] & {
  /** The stream of this page opens for the first time: what it shows was read a moment ago. */
  readonly opening: boolean;
};
type Listener = (event: SystemEvent) => void;

interface Events {
  listen(listener: Listener): () => void;
}

const EventsContext = createContext<Events | null>(null);

/** The kind that an opening stream tells last. */
const LAST_AT_OPENING = 'NETWORK_CHANGED';

/**
 * Passes events of the server on to the page. The stream closes while the page is hidden, since
 * browsers allow six connections to a server. When it opens, also again, the server begins with one event of
 * each kind: anything may have changed.
 */
export function SystemEventsProvider({ children }: { children: ReactNode }) {
  const listeners = useRef(new Set<Listener>());
  const client = useClient();
  const events = useMemo<Events>(
    () => ({
      listen(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [],
  );
  const opening = useRef(true);
  const tell = (event: SystemEventsSubscription['systemEvents']) => {
    for (const listener of listeners.current) listener({ ...event, opening: opening.current });
    if (event.kind === LAST_AT_OPENING) opening.current = false;
  };
  useStream(
    SystemEventsDocument,
    {},
    {
      onData: ({ systemEvents }) => tell(systemEvents),
      // The server ends the stream with the session; the page then leads to the sign-in page.
      async onEnd() {
        const options = { requestPolicy: 'network-only' } as const;
        const answer = await client.query(MeDocument, {}, options).toPromise();
        if (answer.data?.me === null) goToSignIn();
      },
    },
  );
  return <EventsContext value={events}>{children}</EventsContext>;
}

/** Calls `listener` with every event of the server, as long as the component lives. */
export function useSystemEvent(listener: Listener): void {
  const events = useContext(EventsContext);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => events?.listen((event) => latest.current(event)), [events]);
}
