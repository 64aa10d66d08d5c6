'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useMemo } from 'react';
import {
  type Coloring,
  type ElementAt,
  readMapAddress,
  type View,
  writeMapAddress,
  writeView,
} from './map-address.ts';

/** What the address says, and what changes it. Opening an element adds to the history, so that Back closes it. */
export function useMapAddress() {
  const params = useSearchParams();
  const address = useMemo(() => readMapAddress(params), [params]);
  const keepView = useCallback(
    (view: View | null) => change('replaceState', { at: view && writeView(view) }),
    [],
  );
  const setColoring = useCallback(
    (color: Coloring) => change('replaceState', { color: color === 'kind' ? null : color }),
    [],
  );
  const show = useCallback(
    (element: ElementAt | null) =>
      change('pushState', { show: element && `${element.layer}/${element.id}` }),
    [],
  );
  return { address, keepView, setColoring, show };
}

function change(
  how: 'pushState' | 'replaceState',
  parts: Parameters<typeof writeMapAddress>[1],
): void {
  const now = new URLSearchParams(window.location.search);
  const query = writeMapAddress(now, parts);
  if (query === window.location.search.slice(1)) return;
  window.history[how](null, '', query === '' ? window.location.pathname : `?${query}`);
}
