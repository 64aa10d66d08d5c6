import {
  deliverNotification,
  takeNotification,
} from '#services/notifications/deliver-notifications.ts';
import type { Log, Server } from '#services/server.ts';

const LOOK_EVERY_MS = 1_000;
/** A receiver that does not answer holds up no others. */
const AT_ONCE = 4;

/**
 * Sends what is in the outbox of notifications, until `stop`, which breaks off what is under way: that is sent
 * again later. Any number of workers may.
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
