'use client';

import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import type { ElementKit, ElementRow, FieldSpec } from './kit.ts';

/** What a list is narrowed to. Each is in the page's address, so that it can be sent to somebody and Back finds it. */
export interface ListNarrowing {
  readonly search: string;
  readonly project: string | null;
  readonly tag: string | null;
  readonly status: string | null;
}

const params = { search: 'q', project: 'project', tag: 'tag', status: 'status' } as const;

/** The narrowing in the address, and what changes parts of it. */
export function useListNarrowing(): [ListNarrowing, (change: Partial<ListNarrowing>) => void] {
  const address = useSearchParams();
  const narrowing = useMemo(
    () => ({
      search: address.get('q') ?? '',
      project: address.get('project'),
      tag: address.get('tag'),
      status: address.get('status'),
    }),
    [address],
  );
  return [narrowing, narrow];
}

function narrow(change: Partial<ListNarrowing>): void {
  const url = new URL(window.location.href);
  for (const [part, value] of Object.entries(change)) {
    const name = params[part as keyof typeof params];
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (url.href !== window.location.href) window.history.replaceState(null, '', url);
}

export type StatusField = Extract<FieldSpec, { type: 'select' }>;

const STATUS_GROUPS: readonly string[] = ['licensing', 'deployment', 'clientStatus'];

/** The field of a kind that says how far it is; projects have none. */
export function statusFieldOf<Row extends ElementRow, CreateInput, UpdateInput>(
  kit: ElementKit<Row, CreateInput, UpdateInput>,
): StatusField | null {
  const field = kit.fields.find(
    (one) => one.type === 'select' && STATUS_GROUPS.includes(one.group),
  );
  return field?.type === 'select' ? field : null;
}

/** The narrowing as the API takes it. An address may name a status that there is not: then any. */
export function useListFilter<Status extends string>(
  statuses: readonly string[],
): {
  search: string | null;
  projectId: string | null;
  tagId: string | null;
  status: Status | null;
} {
  const [{ search, project, tag, status }] = useListNarrowing();
  return {
    search: search || null,
    projectId: project,
    tagId: tag,
    status: status && statuses.includes(status) ? (status as Status) : null,
  };
}
