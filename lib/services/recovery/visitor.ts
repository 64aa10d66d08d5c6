import { FiberkeepError } from '#errors';
import { isSetupToken } from '../accounts/access-rows.ts';
import { type ClientInfo, guessesFrom, limit } from '../accounts/limits.ts';
import { type Caller, systemActor } from '../permit.ts';
import type { Server } from '../server.ts';

/** Who recovers a server: nobody has an account yet, so the server writes itself down. */
export const visitor: Caller = systemActor;

/**
 * Whoever holds the one-time link, under the address that they come from. `spent`: also after a recovery used it up.
 * Throws SETUP_LINK_INVALID, and RATE_LIMITED where one address guesses.
 */
export async function requireVisitor(
  server: Server,
  token: string,
  client: ClientInfo,
  { spent = false }: { spent?: boolean } = {},
): Promise<Caller> {
  if (await isSetupToken(server.vault, token, { spent }))
    return { ...visitor, address: client.address };
  for (const { key, rate } of guessesFrom(client.address)) await limit(server, client, key, rate);
  throw new FiberkeepError('SETUP_LINK_INVALID');
}
