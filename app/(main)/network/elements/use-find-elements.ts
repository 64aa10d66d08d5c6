'use client';

import { type DocumentInput, useClient } from 'urql';
import type { Choice } from '#app/components/ui/combobox.tsx';
import {
  BoxNamesDocument,
  CableNamesDocument,
  ClientNamesDocument,
  PoleNamesDocument,
  ProjectNamesDocument,
} from '#generated/graphql/client/graphql.ts';

interface Search {
  search?: string | null;
}

interface Found {
  nodes: readonly Choice[];
}

type Names = DocumentInput<Record<string, Found | string | undefined>, Search>;

const documents = {
  project: ProjectNamesDocument as unknown as Names,
  pole: PoleNamesDocument as unknown as Names,
  box: BoxNamesDocument as unknown as Names,
  cable: CableNamesDocument as unknown as Names,
  client: ClientNamesDocument as unknown as Names,
};

const lists = {
  project: 'projects',
  pole: 'poles',
  box: 'boxes',
  cable: 'cables',
  client: 'clients',
} as const;

/** Finds the first few elements of a kind whose names start with the typed text. */
export function useFindElements(kind: keyof typeof documents) {
  const client = useClient();
  return async (search: string): Promise<readonly Choice[]> => {
    const variables = { search: search.trim() === '' ? null : search.trim() };
    const answer = await client.query(documents[kind], variables).toPromise();
    const found = answer.data?.[lists[kind]];
    return typeof found === 'object' ? found.nodes : [];
  };
}
