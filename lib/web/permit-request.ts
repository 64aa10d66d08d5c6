import type { IncomingMessage } from 'node:http';
import { identify } from '#services/accounts/identify.ts';
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

/** The address of the client; empty where nobody knows. */
export function addressOf({ headers }: IncomingMessage): string {
  return String(headers[ADDRESS_HEADER] ?? '');
}
