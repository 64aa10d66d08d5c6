'use client';

import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import type { ChangeFilter, ChangeKind } from '#generated/graphql/client/graphql.ts';

/** What the list is narrowed to. Each is in the page's address, so that it can be sent to somebody. */
export interface Narrowing {
  readonly kinds: readonly ChangeKind[];
  readonly tables: readonly string[];
  readonly person: string | null;
  /** YYYY-MM-DD, of the person's. */
  readonly day: string | null;
  readonly project: string | null;
  readonly search: string;
}

const allKinds: readonly string[] = ['ADDED', 'CHANGED', 'REMOVED'] satisfies ChangeKind[];

export const nothingNarrowed: Narrowing = {
  kinds: [],
  tables: [],
  person: null,
  day: null,
  project: null,
  search: '',
};

export function readNarrowing(params: Pick<URLSearchParams, 'get' | 'getAll'>): Narrowing {
  return {
    kinds: params.getAll('kind').filter((kind): kind is ChangeKind => allKinds.includes(kind)),
    tables: params.getAll('table'),
    person: params.get('person'),
    day: params.get('day'),
    project: params.get('project'),
    search: params.get('q') ?? '',
  };
}

/** The address's parameters with this narrowing in place of theirs. */
export function writeNarrowing(params: URLSearchParams, narrowing: Narrowing): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ['kind', 'table', 'person', 'day', 'project', 'q']) next.delete(name);
  for (const kind of narrowing.kinds) next.append('kind', kind);
  for (const table of narrowing.tables) next.append('table', table);
  const { person, day, project, search } = narrowing;
  for (const [name, value] of Object.entries({ person, day, project, q: search }))
    if (value) next.set(name, value);
  return next;
}

/** As the API takes it. */
export function filterOf(narrowing: Narrowing): ChangeFilter {
  const { kinds, tables, person, day, project, search } = narrowing;
  return {
    kinds: kinds.length > 0 ? [...kinds] : null,
    tables: tables.length > 0 ? [...tables] : null,
    people: person ? [person] : null,
    day,
    projectId: project,
    search: search || null,
  };
}

/** The narrowing in the address, and what changes parts of it. */
export function useNarrowing(): [Narrowing, (change: Partial<Narrowing>) => void] {
  const params = useSearchParams();
  const narrowing = useMemo(() => readNarrowing(params), [params]);
  const narrow = (change: Partial<Narrowing>) => {
    const url = new URL(window.location.href);
    const now = readNarrowing(url.searchParams);
    url.search = String(writeNarrowing(url.searchParams, { ...now, ...change }));
    window.history.replaceState(null, '', url);
  };
  return [narrowing, narrow];
}

/** Adds what is not in the list, and takes away what is. */
export function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}
