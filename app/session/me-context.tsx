'use client';

import { createContext, type ReactNode, useContext } from 'react';
import type { MePartsFragment } from '#generated/graphql/client/graphql.ts';

const MeContext = createContext<MePartsFragment | null>(null);

export function MeProvider({ me, children }: { me: MePartsFragment; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>;
}

/** Who is signed in; only below a page that needs a session. */
export function useMe(): MePartsFragment {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe stands outside of MeProvider');
  return me;
}

/** Whether the person's role has an action. The server always checks again. */
export function useMay(): (action: string) => boolean {
  const { actions } = useMe();
  return (action) => actions.includes(action);
}
