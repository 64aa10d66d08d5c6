'use client';

import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { useJobs } from '#app/data/jobs.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { DestinationsDocument } from '#generated/graphql/client/graphql.ts';

/** All destinations, read again when one of them or the work on them changes. */
export function useDestinations() {
  const [{ data, error }, read] = useQuery({ query: DestinationsDocument });
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent(({ kind }) => {
    if (kind === 'DESTINATIONS_CHANGED' || kind === 'BACKUPS_CHANGED') refresh();
  });
  useSendsChanged(refresh);
  return { data, error, refresh };
}

/** A destination is SENDING while such a job is active; only jobs tell when that begins. */
function useSendsChanged(listener: () => void): void {
  const { active } = useJobs();
  const sends = active.filter(({ kind }) => kind === 'SEND_BACKUP').map(({ id }) => id);
  const key = sends.join(' ');
  const seen = useRef(key);
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (seen.current === key) return;
    seen.current = key;
    latest.current();
  }, [key]);
}
