import type { EventQueue, HubEvent } from '#events/queue.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import { identifyAgain } from '../accounts/identify.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';

/** Sessions and keys also end by their own time, which notifies nobody. */
const LOOK_AGAIN_MS = 60_000;
const lookAgain: HubEvent = { kind: 'ACCESS_CHANGED', id: null };

/**
 * The events of a queue for as long as the actor's session or key is good, each with the actor as they are by
 * then. It ends within moments of the end of either, in whichever process that was decided.
 */
export async function* newsFor(
  server: Server,
  begun: Caller | null,
  events: EventQueue,
): AsyncGenerator<{ event: HubEvent; actor: Caller | null }, void, void> {
  let actor = begun;
  const timer = setInterval(() => events.push(lookAgain), LOOK_AGAIN_MS);
  try {
    for await (const event of events) {
      if (actor && mayEndAccess(event, actor)) {
        actor = await lookAgainAt(server, actor, event);
        if (!actor) return;
      }
      if (event.kind !== 'ACCESS_CHANGED') yield { event, actor };
    }
  } finally {
    clearInterval(timer);
  }
}

/** News may have been missed before a REFETCH; a swap brings other accounts. */
function mayEndAccess({ kind, id }: HubEvent, actor: Caller): boolean {
  if (kind === 'ACCESS_CHANGED') return id === null || id === actor.id;
  return kind === 'REFETCH' || kind === 'PLANT_SWAPPED';
}

/** While the database is away nothing is told to anybody; after that a REFETCH comes and it is asked again. */
async function lookAgainAt(server: Server, actor: Caller, event: HubEvent): Promise<Caller | null> {
  try {
    return await identifyAgain(server, actor);
  } catch (thrown) {
    if (event.kind === 'ACCESS_CHANGED' && isDatabaseLost(thrown)) return actor;
    throw thrown;
  }
}
