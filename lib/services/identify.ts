import { findAccount } from '../plant/users.ts';
import { findSession } from '../vault/sessions.ts';
import { type Actor, knownActions } from './permit.ts';
import type { Server } from './server.ts';
import { readSessionToken, sessionCookie } from './session-cookie.ts';

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

/** A person recognised; `renewedCookie` where the session's end moved and the browser is to be told. */
export interface Identified {
  readonly actor: Actor;
  readonly renewedCookie: string | null;
}

/** Who sends the request, or null where no open session comes with it. `address` is the client's. */
export async function identify(
  server: Server,
  headers: RequestHeaders,
  address: string,
): Promise<Actor | null> {
  return (await identifySession(server, headers, address))?.actor ?? null;
}

/** As `identify`, and says when the cookie is to be sent anew. */
export async function identifySession(
  server: Server,
  headers: RequestHeaders,
  address: string,
): Promise<Identified | null> {
  const token = readSessionToken(readHeader(headers, 'cookie'));
  const found = token && (await findSession(server.vault, token));
  if (!found) return null;
  const account = await findAccount(server.plant, found.session.userId);
  if (!account || account.disabled) return null;
  return {
    actor: {
      id: account.id,
      name: account.name,
      address,
      actions: new Set(knownActions(account.actions)),
      sessionId: found.session.id,
    },
    renewedCookie: found.renewed ? sessionCookie(server.config, token) : null,
  };
}
