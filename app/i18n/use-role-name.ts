'use client';

import { useMessages } from 'next-intl';
import { roleName } from './role-name.ts';

/** Returns a function that gives a role's name in the person's language. */
export function useRoleName(): (role: { name: string; builtIn: boolean }) => string {
  const { roleNames } = useMessages();
  return (role) => roleName(roleNames, role);
}
