import { FiberkeepError } from '#errors';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';
import {
  type Held,
  lockAccess,
  lockKeyAuthority,
  lockSessionAuthority,
} from './accounts/authority-rows.ts';
import {
  type Action,
  type Caller,
  knownActions,
  lacking,
  type SignedIn,
  systemActor,
} from './permit.ts';
import type { Server } from './server.ts';

/** Whom a write is for, and the action that it takes; null where being signed in is enough. Every permit is one. */
export interface Authority {
  readonly actor: Caller;
  readonly action: Action | null;
}

/** The server itself, for what no request asks for. */
export const systemAuthority: Authority = { actor: systemActor, action: null };

/** How a write holds its authority. */
export interface Hold {
  /** It changes who may do what: accounts, roles, sessions, keys. */
  readonly changesAccess?: boolean;
  /** It takes a password that was given in this session within five minutes. */
  readonly needsPassword?: boolean;
}

export const PASSWORD_GOOD_MS = 5 * 60 * 1000;

/** The authority of a person over what is their own. */
export function ownAuthority(me: SignedIn): Authority {
  return { actor: me, action: null };
}

/**
 * Decides, within the transaction of a write, whether its request may still make it, and keeps that so until
 * the transaction ends: whoever takes the access away waits, or was first. Answers the caller with the actions of
 * now. Throws UNAUTHENTICATED where the session, key or account ended meanwhile, and FORBIDDEN where the action
 * is gone or a password is asked for.
 */
export async function holdAuthority(
  tx: SqlRunner,
  { actor, action }: Authority,
  { changesAccess = false, needsPassword = false }: Hold = {},
): Promise<Caller> {
  if (changesAccess) await lockAccess(tx);
  if (actor.id === null) return actor;
  const held = await lockHeld(tx, actor, actor.id);
  if (!held) throw new FiberkeepError('UNAUTHENTICATED');
  const now = { ...actor, actions: new Set(knownActions(held.actions)) };
  if (action !== null && !now.actions.has(action)) throw lacking(now, action);
  if (needsPassword) assertPasswordGiven(held);
  return now;
}

function lockHeld(tx: SqlRunner, actor: Caller, userId: string): Promise<Held | null> {
  if (actor.apiKey) return lockKeyAuthority(tx, { keyId: actor.apiKey.id, userId });
  if (actor.sessionId === null) return Promise.resolve(null);
  return lockSessionAuthority(tx, { sessionId: actor.sessionId, userId });
}

function assertPasswordGiven({ passwordAt }: Held): void {
  const age = Date.now() - (passwordAt?.getTime() ?? 0);
  if (age > PASSWORD_GOOD_MS) throw new FiberkeepError('FORBIDDEN', { reason: 'passwordNeeded' });
}

/** Runs `work`, which writes the vault for a request, in one transaction that holds `by`'s authority. */
export function writeVault<T>(
  { vault }: Pick<Server, 'vault'>,
  by: Authority,
  work: (tx: VaultTransaction, now: Caller) => Promise<T>,
  { limits, ...hold }: Hold & { readonly limits?: { maxWait: number; timeout: number } } = {},
): Promise<T> {
  return vault.$transaction(async (tx) => work(tx, await holdAuthority(tx, by, hold)), limits);
}
