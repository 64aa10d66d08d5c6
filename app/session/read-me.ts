import { execute } from 'graphql';
import { cookies, headers } from 'next/headers';
import { cache } from 'react';
import { MeDocument, type MePartsFragment } from '../../generated/graphql/client/graphql.ts';
import { createContext, schema } from '../../graphql/server.ts';

export type Me = MePartsFragment;

/** Who is signed in, read once a request; null without a session. */
export const readMe = cache(async (): Promise<Me | null> => {
  const contextValue = await createContext(await pageRequest());
  const answer = await execute({ schema, document: MeDocument, contextValue });
  if (answer.errors) throw answer.errors[0];
  return (answer.data as { me: Me | null }).me;
});
