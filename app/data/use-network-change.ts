'use client';

import { useEffect, useRef } from 'react';
import { useSystemEvent } from './system-events.tsx';

/**
 * Calls `reread` when people changed the network: at once, then at most every `pauseMs` while they go on.
 * `id`: of the only element, post or tag that matters; without one all do.
 */
export function useNetworkChange(reread: () => void, { id = null, pauseMs = 2_000 }: Options = {}) {
  const latest = useRef(reread);
  latest.current = reread;
  const lastAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useSystemEvent((event) => {
    if (event.kind !== 'NETWORK_CHANGED' && event.kind !== 'CHANGE_SETS_CHANGED') return;
    const isOther = event.kind === 'NETWORK_CHANGED' && event.id !== null && event.id !== id;
    if (event.opening || (id !== null && isOther) || timer.current) return;
    const waitMs = Math.max(0, lastAt.current + pauseMs - Date.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      lastAt.current = Date.now();
      latest.current();
    }, waitMs);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}

interface Options {
  readonly id?: string | null;
  readonly pauseMs?: number;
}
