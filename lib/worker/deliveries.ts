import {
  deliverNotification,
  takeNotification,
} from '#services/notifications/deliver-notifications.ts';
import type { Log, Server } from '#services/server.ts';

const LOOK_EVERY_MS = 1_000;
/** Messages sent at once, so that one receiver without an answer delays no others. */
const AT_ONCE = 4;

/**
 * Sends the notifications in the outbox until `stop`, which breaks off those under way; they are sent again
 * later. Any number of workers may do it.
 */
export function startDeliveries(server: Server, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const sending = new Set<Promise<void>>();
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    while (sending.size < AT_ONCE && !stopping.signal.aborted) {
      const message = await takeNotification(server);
      if (!message) return;
      const sent: Promise<void> = deliverNotification(server, message, stopping.signal)
        .catch((error) => log.warn({ err: error, notification: message.id }, 'sent again later'))
        .finally(() => sending.delete(sent));
      sending.add(sent);
    }
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch((error) => log.warn({ err: error }, 'the outbox could not be read; again later'))
      .finally(() => {
        looking = null;
      });
  }, LOOK_EVERY_MS);

  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await looking;
      await Promise.all(sending);
    },
  };
}
