'use client';

import { useEffect, useLayoutEffect, useRef } from 'react';

/** What a list leaves in its entry of the browser's history. */
interface Mark {
  /** The address of the list. */
  readonly address: string;
  /** How far it was scrolled, in CSS pixels. */
  readonly y: number;
}

/** The rows of the lists that were left last, by their addresses. A reload forgets them. */
const kept = new Map<string, unknown>();
const MOST_KEPT = 8;

const addressNow = () => window.location.pathname + window.location.search;

/** The mark in the current entry of the history: there is one only where somebody came back to it. */
function markNow(): Mark | null {
  if (typeof window === 'undefined') return null;
  const mark = (window.history.state as { list?: Mark } | null)?.list;
  return mark?.address === addressNow() ? mark : null;
}

/** The rows of a list that somebody comes back to; null for one that is opened anew. */
export function keptRows<State>(): State | null {
  const mark = markNow();
  return mark ? ((kept.get(mark.address) as State | undefined) ?? null) : null;
}

/** Keeps the rows and the scroll position of a list for who follows a link from it and comes Back. */
export function useKeptList(state: object): void {
  const latest = useRef(state);
  latest.current = state;
  useLayoutEffect(() => {
    const mark = markNow();
    if (mark && kept.has(mark.address)) window.scrollTo(0, mark.y);
  }, []);
  useEffect(() => {
    const leave = () => {
      const address = addressNow();
      kept.delete(address);
      kept.set(address, latest.current);
      for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
      const list: Mark = { address, y: window.scrollY };
      window.history.replaceState({ ...window.history.state, list }, '');
    };
    document.addEventListener('click', leave, { capture: true });
    return () => document.removeEventListener('click', leave, { capture: true });
  }, []);
}
