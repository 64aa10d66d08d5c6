import type { IncomingMessage } from 'node:http';
import { FiberkeepError } from '#errors';
import { identify } from '#services/accounts/identify.ts';
import { watchAccess } from '#services/activity/watch-access.ts';
import type { Authority } from '#services/authority.ts';
import { type Action, type Permit, permit } from '#services/permit.ts';
import type { Server } from '#services/server.ts';

/** Where the server tells routes, pages and services the address of the client. */
export const ADDRESS_HEADER = 'x-fiberkeep-address';

/** Permits the sender of a request to do `action`. Throws UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED. */
export async function permitRequest<A extends Action>(
  server: Server,
  request: IncomingMessage,
  action: A,
): Promise<Permit<A>> {
  const actor = await identify(server, request.headers, addressOf(request));
  return permit(server, actor, action);
}

/**
 * Runs `work` while the permit's session or key is good and allows its action. `onEnd` is called within moments of
 * the end of that, whichever process decided it.
 */
export async function whilePermitted<T>(
  server: Server,
  permitted: Authority,
  onEnd: (reason: FiberkeepError) => void,
  work: () => Promise<T>,
): Promise<T> {
  const access = watchAccess(server, permitted, () => onEnd(new FiberkeepError('UNAUTHENTICATED')));
  try {
    return await work();
  } finally {
    access.stop();
  }
}

/** The address of the client; empty where nobody knows. */
export function addressOf({ headers }: IncomingMessage): string {
  return String(headers[ADDRESS_HEADER] ?? '');
}
