import { execute, parse } from 'graphql';
import { headers } from 'next/headers';
import { RecoveryDocument, type RecoveryPartsFragment } from '#generated/graphql/client/graphql.ts';
import { createContext } from '#graphql/context.ts';
import { schema } from '#graphql/executable-schema.ts';

const document = parse(RecoveryDocument);

/**
 * How the recovery stands that was begun by this set-up link; null where none was, and where the link is not good: then
 * what a person sends from the page says so.
 */
export async function readRecovery(token: string): Promise<RecoveryPartsFragment | null> {
  const request = new Request('http://localhost/', { headers: new Headers(await headers()) });
  const contextValue = await createContext(request, () => {});
  const { data } = await execute({ schema, document, contextValue, variableValues: { token } });
  return JSON.parse(JSON.stringify(data?.recovery ?? null)) as RecoveryPartsFragment | null;
}
