'use client';

import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import type { ElementKind } from '#generated/graphql/client/graphql.ts';

export const elementKinds: readonly ElementKind[] = ['PROJECT', 'POLE', 'BOX', 'CABLE', 'CLIENT'];

export interface ElementFilter {
  readonly kind: ElementKind;
  readonly id: string;
  readonly name: string;
}

/** The element in the page's address whose posts are shown; null shows all posts. */
export function useElementFilter(): ElementFilter | null {
  const address = useSearchParams();
  return useMemo(() => {
    const kind = elementKinds.find((known) => known === address.get('kind'));
    const id = address.get('id');
    return kind && id ? { kind, id, name: address.get('name') ?? '' } : null;
  }, [address]);
}
