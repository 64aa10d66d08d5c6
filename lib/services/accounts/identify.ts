import { findSession, isSessionOpen } from '#vault/sessions.ts';
import { type Caller, knownActions } from '../permit.ts';
import type { Server } from '../server.ts';
import { findAccount } from './account-rows.ts';
import { actorOfKey, refreshKeyActor } from './api-key-access.ts';
import { readCookie, SESSION_COOKIE } from './cookies.ts';
import { type RequestHeaders, readBearer } from './request-headers.ts';

/**
 * Who sends the request; null where no open session comes with it. `address` is the client's. With
 * `Authorization: Bearer` the API key alone decides, and cookies are ignored. Throws UNAUTHENTICATED for a
 * key that opens nothing, RATE_LIMITED for one used too often and for too many wrong keys from one address.
 */
export async function identify(
  server: Server,
  headers: RequestHeaders,
  address: string,
): Promise<Caller | null> {
  const secret = readBearer(headers);
  if (secret !== null) return actorOfKey(server, secret, address);
  const token = readCookie(server.config, headers, SESSION_COOKIE);
  const session = token && (await findSession(server.vault, token, server.config.sessionLife));
  return session ? actorOfSession(server, session, address) : null;
}

async function actorOfSession(
  server: Server,
  session: { readonly id: string; readonly userId: string },
  address: string,
): Promise<Caller | null> {
  const account = await findAccount(server.plant, session.userId);
  if (!account || account.disabled) return null;
  return {
    kind: 'PERSON',
    id: account.id,
    name: account.name,
    address,
    actions: new Set(knownActions(account.actions)),
    sessionId: session.id,
    apiKey: null,
    locale: account.locale,
  };
}

/**
 * The actor as they are now, for connections that outlive a request. Null where their session ended, their
 * key opens nothing any more, or their account is disabled or gone.
 */
export async function identifyAgain(server: Server, actor: Caller): Promise<Caller | null> {
  const { id: userId, sessionId: id, apiKey, address } = actor;
  if (userId !== null && apiKey) return refreshKeyActor(server, apiKey.id, address);
  if (userId === null || id === null) return actor;
  if (!(await isSessionOpen(server.vault, id))) return null;
  return actorOfSession(server, { id, userId }, address);
}
