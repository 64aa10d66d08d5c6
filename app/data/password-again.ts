'use client';

import { createContext, useContext } from 'react';

/** Asks the person for their password; true once the server has taken it. Nobody is asked outside of a provider. */
export const PasswordAgain = createContext<() => Promise<boolean>>(async () => false);

export function usePasswordAgain(): () => Promise<boolean> {
  return useContext(PasswordAgain);
}
