'use client';

import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from 'react';
import { useClient } from 'urql';
import {
  MeDocument,
  SystemEventsDocument,
  type SystemEventsSubscription,
} from '#generated/graphql/client/graphql.ts';
import { goToSignIn, usePage } from './graphql-provider.tsx';
import { useStream } from './use-stream.ts';

export type SystemEvent = SystemEventsSubscription['systemEvents'];
type Listener = (event: SystemEvent) => void;

interface Events {
  listen(listener: Listener): () => void;
}

const EventsContext = createContext<Events | null>(null);

const everything = [
  'BACKUPS_CHANGED',
  'JOBS_CHANGED',
  'RESTORES_CHANGED',
  'CHANGE_SETS_CHANGED',
  'NIGHTS_CHANGED',
  'DESTINATIONS_CHANGED',
] as const;

/**
 * Passes events of the server on to the page. The stream closes while the page is hidden, since
 * browsers allow six connections to a server. When it opens again, everything counts as changed.
 */
export function SystemEventsProvider({ children }: { children: ReactNode }) {
  const listeners = useRef(new Set<Listener>());
  const { onStreamOpen } = usePage();
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
  const tell = (event: SystemEvent) => {
    for (const listener of listeners.current) listener(event);
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
  useEffect(
    () =>
      onStreamOpen(() => {
        for (const kind of everything)
          for (const listener of listeners.current) listener({ kind, id: null });
      }),
    [onStreamOpen],
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
