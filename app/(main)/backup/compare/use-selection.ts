'use client';

import { useState } from 'react';
import type { ChangeKind, ChangeSelection } from '#generated/graphql/client/graphql.ts';
import { filterOf, type Narrowing } from './change-filter.ts';

interface Chosen {
  readonly id: string;
  readonly kind: ChangeKind;
}

/** Rows ticked one by one, or all that a narrowing leaves. */
export type Selection =
  | { readonly of: 'rows'; readonly rows: ReadonlyMap<string, ChangeKind> }
  | { readonly of: 'filter'; readonly narrowing: Narrowing; readonly count: number };

const nothing: Selection = { of: 'rows', rows: new Map() };

export function useSelection(narrowing: Narrowing) {
  const [kept, setSelection] = useState<Selection>(nothing);
  // "All that match" is about what the list shows: with another narrowing it would be a surprise.
  const selection = kept.of === 'filter' && !isSame(kept.narrowing, narrowing) ? nothing : kept;
  const toggle = ({ id, kind }: Chosen) => {
    const rows = new Map(selection.of === 'rows' ? selection.rows : []);
    if (!rows.delete(id)) rows.set(id, kind);
    setSelection({ of: 'rows', rows });
  };
  return {
    selection,
    toggle,
    isChosen: (id: string) => selection.of === 'filter' || selection.rows.has(id),
    chooseAll: (count: number) => setSelection({ of: 'filter', narrowing, count }),
    clear: () => setSelection(nothing),
  };
}

export function sizeOf(selection: Selection): number {
  return selection.of === 'rows' ? selection.rows.size : selection.count;
}

/** Whether rows of this kind are surely chosen. Of a filter nobody knows but by its kinds. */
export function choosesKind(selection: Selection, kind: ChangeKind): boolean {
  if (selection.of === 'rows') return [...selection.rows.values()].includes(kind);
  return selection.narrowing.kinds.includes(kind);
}

/** As the API takes it. */
export function askedFor(selection: Selection): ChangeSelection {
  if (selection.of === 'rows') return { ids: [...selection.rows.keys()] };
  return { filter: filterOf(selection.narrowing) };
}

function isSame(one: Narrowing, other: Narrowing): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
