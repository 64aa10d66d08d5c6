import { subscribe } from '#events/hub.ts';
import type { EventQueue, HubEvent } from '#events/queue.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import { identifyAgain } from '../accounts/identify.ts';
import type { Authority } from '../authority.ts';
import type { Action, Caller } from '../permit.ts';
import type { Server } from '../server.ts';

/** Sessions and keys also expire, which notifies nobody. */
const LOOK_AGAIN_MS = 60_000;
const lookAgain: HubEvent = { kind: 'ACCESS_CHANGED', id: null };

/**
 * Calls `onEvent` for each event, one after the other, while the actor's session or key is good and allows
 * the action. Calls
 * `onEnd` once: within moments of the end of either, or with what was thrown. Neither is called after `stop`.
 */
export function watchAccess(
  server: Server,
  { actor, action }: Authority,
  onEnd: (thrown: unknown) => void,
  onEvent: (event: HubEvent) => Promise<void> = async () => {},
): { readonly stop: () => void } {
  const events = subscribe(server.databaseUrl);
  let isStopped = false;
  const end = (thrown: unknown) => {
    if (!isStopped) onEnd(thrown);
    events.close();
  };
  const follow = async () => {
    const allowed = whileAllowed(server, actor, events, action);
    for await (const { event } of allowed) await onEvent(event);
  };
  follow().then(() => end(undefined), end);
  return {
    stop() {
      isStopped = true;
      events.close();
    },
  };
}

/**
 * The events of a queue while the actor's session or key is good and allows `action`, each with the actor as they are by then.
 * Ends within moments of the end of either, whichever process decided that.
 */
export async function* whileAllowed(
  server: Server,
  begun: Caller | null,
  events: EventQueue,
  action: Action | null = null,
): AsyncGenerator<{ event: HubEvent; actor: Caller | null }, void, void> {
  let actor = begun;
  const timer = setInterval(() => events.push(lookAgain), LOOK_AGAIN_MS);
  try {
    for await (const event of events) {
      if (actor && mayEndAccess(event, actor)) {
        actor = await lookAgainAt(server, actor, event);
        if (!actor || (action !== null && !actor.actions.has(action))) return;
      }
      if (event.kind !== 'ACCESS_CHANGED') yield { event, actor };
    }
  } finally {
    clearInterval(timer);
  }
}

/** Events may have been missed before a REFETCH; a swap brings other accounts. */
function mayEndAccess({ kind, id }: HubEvent, actor: Caller): boolean {
  if (kind === 'ACCESS_CHANGED') return id === null || id === actor.id;
  return kind === 'REFETCH' || kind === 'PLANT_SWAPPED';
}

/** While the database is away nobody is told anything; a REFETCH follows, at which this looks again. */
async function lookAgainAt(server: Server, actor: Caller, event: HubEvent): Promise<Caller | null> {
  try {
    return await identifyAgain(server, actor);
  } catch (thrown) {
    if (event.kind === 'ACCESS_CHANGED' && isDatabaseLost(thrown)) return actor;
    throw thrown;
  }
}
