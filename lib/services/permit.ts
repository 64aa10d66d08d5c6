import { FiberkeepError } from '#errors';
import type { Actor } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Server } from './server.ts';

/** Everything that a role can allow. */
export const actions = [
  'backup.view',
  'backup.create',
  'backup.restore',
  'backup.compare',
  'backup.download',
  'backup.upload',
  'backup.delete',
  'backup.configure',
  'network.view',
  'network.edit',
  'network.import',
  'network.export',
  'users.manage',
  'apikeys.manage',
  'audit.view',
] as const;

export type Action = (typeof actions)[number];

/** Who asks, and what they may do. */
export interface Caller extends Actor {
  readonly actions: ReadonlySet<Action>;
  readonly sessionId: string | null;
  /** The key that asks for its owner; null for everybody else. */
  readonly apiKey: { readonly id: string; readonly name: string } | null;
  /** The language that a signed-in person chose in their profile. */
  readonly locale?: string | null;
}

declare const allowed: unique symbol;
declare const allowedInPerson: unique symbol;

/** Proof that `actor` may do `A`: a service that takes one cannot be called without the check. */
export interface Permit<A extends Action> {
  readonly actor: Caller;
  readonly action: A;
  readonly [allowed]: (action: A) => A;
}

/**
 * Proof that a person or the command line asks, and no API key. Services take it whose effects would outlive
 * the key's revocation (accounts, passwords, other keys) or that hand out secrets.
 */
export interface InPerson<A extends Action> extends Permit<A> {
  readonly [allowedInPerson]: true;
}

/** Proof that a person is signed in, which is all that changes to one's own account need. */
export interface SignedIn extends Caller {
  readonly id: string;
  readonly sessionId: string;
}

const withoutAccount = {
  id: null,
  address: '',
  actions: new Set(actions),
  sessionId: null,
  apiKey: null,
};

/** The server itself, for what nobody asked for. */
export const systemActor: Caller = { ...withoutAccount, kind: 'SERVER', name: '' };

/** The environment variables that the server was started with. */
export const environmentActor: Caller = { ...withoutAccount, kind: 'ENVIRONMENT', name: '' };

/**
 * The machine's operator, by the login that the command line runs under. Anybody who can run a process with
 * the installation's key may do everything.
 */
export function localActor(login: string): Caller {
  return { ...withoutAccount, kind: 'COMMAND_LINE', name: login };
}

/** Throws UNAUTHENTICATED without an actor, FORBIDDEN (audited) where the actor may not do `action`. */
export async function permit<A extends Action>(
  server: Server,
  actor: Caller | null,
  action: A,
): Promise<Permit<A>> {
  if (!actor) throw notSignedIn();
  if (!actor.actions.has(action)) {
    await recordAudit(server.vault, { actor, action, outcome: 'REFUSED' });
    throw lacking(actor, action);
  }
  return { actor, action } as Permit<A>;
}

/** The refusal of an action that the caller's role or key does not allow. */
export function lacking({ apiKey }: Caller, action: Action): FiberkeepError {
  if (apiKey)
    return new FiberkeepError('FORBIDDEN', { reason: 'keyLacksAction', params: { action } });
  return new FiberkeepError('FORBIDDEN', { reason: 'roleLacksAction', params: { action } });
}

/** `permit`, and FORBIDDEN (audited) for an API key, whatever its actions. */
export async function permitInPerson<A extends Action>(
  server: Server,
  actor: Caller | null,
  action: A,
): Promise<InPerson<A>> {
  const permitted = await permit(server, actor, action);
  if (permitted.actor.apiKey) {
    await recordAudit(server.vault, { actor: permitted.actor, action, outcome: 'REFUSED' });
    throw notForKeys();
  }
  return permitted as InPerson<A>;
}

function notForKeys(): FiberkeepError {
  return new FiberkeepError('FORBIDDEN', { reason: 'notForKeys' });
}

/** Throws UNAUTHENTICATED unless a person is signed in, FORBIDDEN for an API key. */
export function signedIn(actor: Caller | null): SignedIn {
  if (actor?.apiKey) throw notForKeys();
  if (actor?.id == null || actor.sessionId === null) throw notSignedIn();
  return { ...actor, id: actor.id, sessionId: actor.sessionId };
}

function notSignedIn(): FiberkeepError {
  return new FiberkeepError('UNAUTHENTICATED');
}

/** The known actions among `names`, in the order of `actions`. */
export function knownActions(names: Iterable<string>): Action[] {
  const asked = new Set(names);
  return actions.filter((action) => asked.has(action));
}
