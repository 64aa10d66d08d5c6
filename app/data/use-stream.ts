'use client';

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { AnyVariables, DocumentInput } from 'urql';
import type { Follower } from './client.ts';
import { usePage } from './graphql-provider.tsx';

/** A server that restarts ends its streams first, so the stream reopens after a pause. */
const REOPEN_MS = { first: 500, most: 10_000 };

interface Listener<Data> extends Pick<Follower<Data>, 'onData'> {
  /** Called when the server ends the stream, before it reopens shortly after. */
  readonly onEnd: () => Promise<void> | void;
}

/** Follows a subscription while the page is visible: browsers allow six connections to a server. */
export function useStream<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
  variables: Variables,
  listener: Listener<Data>,
): void {
  const { follow } = usePage();
  const visible = usePageVisible();
  const latest = useRef(listener);
  latest.current = listener;
  const [turn, setTurn] = useState(0);
  const waitMs = useRef(REOPEN_MS.first);
  const key = JSON.stringify(variables);
  useEffect(() => {
    if (!visible) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reopen = async () => {
      await latest.current.onEnd();
      setTurn(turn + 1);
    };
    const close = follow(document, JSON.parse(key) as Variables, {
      onData(data) {
        waitMs.current = REOPEN_MS.first;
        latest.current.onData(data);
      },
      onEnd() {
        timer = setTimeout(() => void reopen(), waitMs.current);
        waitMs.current = Math.min(REOPEN_MS.most, 2 * waitMs.current);
      },
    });
    return () => {
      clearTimeout(timer);
      close();
    };
  }, [follow, document, key, visible, turn]);
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

/** Whether the person can see the page: its tab is in front. */
function usePageVisible(): boolean {
  return useSyncExternalStore(
    onVisibilityChange,
    () => document.visibilityState === 'visible',
    () => true,
  );
}
