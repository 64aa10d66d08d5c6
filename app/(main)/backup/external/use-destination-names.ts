'use client';

import { useQuery } from 'urql';
import { useSystemEvent } from '#app/data/system-events.tsx';
import {
  DestinationNamesDocument,
  type DestinationNamesQuery,
} from '#generated/graphql/client/graphql.ts';

export type NamedDestination = DestinationNamesQuery['destinations'][number];

/** The destinations that backups can be sent to; undefined until they are read. */
export function useDestinationNames(): readonly NamedDestination[] | undefined {
  const [{ data }, read] = useQuery({ query: DestinationNamesDocument });
  useSystemEvent(({ kind }) => {
    if (kind === 'DESTINATIONS_CHANGED') read({ requestPolicy: 'network-only' });
  });
  return data?.destinations;
}
