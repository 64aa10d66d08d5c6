import { execute, parse } from 'graphql';
import { headers } from 'next/headers';
import { cache } from 'react';
import { MeDocument, type MePartsFragment } from '#generated/graphql/client/graphql.ts';
import { createContext } from '#graphql/context.ts';
import { schema } from '#graphql/executable-schema.ts';

export type Me = MePartsFragment;

const document = parse(MeDocument);

/** Who is signed in, read once a request; null without a session. */
export const readMe = cache(async (): Promise<Me | null> => {
  const asked = new Headers(await headers());
  // Pages are for people: an API key opens the API and nothing else.
  asked.delete('authorization');
  const request = new Request('http://localhost/', { headers: asked });
  const contextValue = await createContext(request, () => {});
  const answer = await execute({ schema, document, contextValue });
  if (answer.errors?.[0]) throw answer.errors[0];
  return readable(answer.data?.me);
});

/** Copies it to plain values, which a client component can receive. */
function readable(me: unknown): Me | null {
  return JSON.parse(JSON.stringify(me ?? null)) as Me | null;
}
