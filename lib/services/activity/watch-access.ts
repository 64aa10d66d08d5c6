import { subscribe } from '#events/hub.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { newsFor } from './events-for.ts';

/** Calls `onEnd` once, as soon as the actor's session or key has ended, unless it is stopped before. */
export function watchAccess(
  server: Server,
  actor: Caller,
  onEnd: () => void,
): { readonly stop: () => void } {
  const events = subscribe(server.databaseUrl);
  let stopped = false;
  const look = async () => {
    for await (const _news of newsFor(server, actor, events));
  };
  look()
    .catch(() => {})
    .finally(() => {
      if (!stopped) onEnd();
    });
  return {
    stop() {
      stopped = true;
      events.close();
    },
  };
}
