import { findAccount } from '../plant/users.ts';
import { findSession } from '../vault/sessions.ts';
import { type Actor, knownActions } from './permit.ts';
import type { Server } from './server.ts';
import { readSessionToken } from './session-cookie.ts';

/** Headers of a Node request, or of a web request. */
export type RequestHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/** One header's value, or null. `name` in lower case. */
export function readHeader(headers: RequestHeaders, name: string): string | null {
  if (isWebHeaders(headers)) return headers.get(name);
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
}

function isWebHeaders(headers: RequestHeaders): headers is Headers {
  return typeof headers.get === 'function';
}

/** Who sends the request, or null where no open session comes with it. `address` is the client's. */
export async function identify(
  server: Server,
  headers: RequestHeaders,
  address: string,
): Promise<Actor | null> {
  const token = readSessionToken(readHeader(headers, 'cookie'));
  const session = token && (await findSession(server.vault, token));
  if (!session) return null;
  const account = await findAccount(server.plant, session.userId);
  if (!account || account.disabled) return null;
  return {
    id: account.id,
    name: account.name,
    address,
    actions: new Set(knownActions(account.actions)),
    sessionId: session.id,
  };
}
