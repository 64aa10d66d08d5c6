'use client';

import { useQuery } from 'urql';
import { useSystemEvent } from '#app/data/system-events.tsx';
import {
  RecoveryPauseDocument,
  type RecoveryPausePartsFragment,
} from '#generated/graphql/client/graphql.ts';

/** What is off since this server was recovered; null where nothing is, and before the server has said so. */
export function useRecoveryPause(): {
  pause: RecoveryPausePartsFragment | null;
  refresh: () => void;
} {
  const [{ data }, read] = useQuery({ query: RecoveryPauseDocument });
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent(({ kind }) => {
    if (kind === 'NIGHTS_CHANGED') refresh();
  });
  return { pause: data?.recoveryPause ?? null, refresh };
}
