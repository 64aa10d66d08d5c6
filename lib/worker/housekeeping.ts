import cron from 'node-cron';
import { housekeep } from '../services/housekeeping.ts';
import type { Log } from '../services/log.ts';
import type { Server } from '../services/server.ts';

const EVERY_MINUTE = '* * * * *';

/** Does the chores once now and then every minute, never two at a time, until `stop`. */
export function startHousekeeping(server: Server, log: Log): { stop(): Promise<void> } {
  let running: Promise<void> | null = null;
  const tick = () => {
    running ??= housekeep(server)
      .catch((error) => log.warn({ err: error }, 'housekeeping did not finish; again in a minute'))
      .finally(() => {
        running = null;
      });
  };
  const task = cron.schedule(EVERY_MINUTE, tick, { suppressMissedWarning: true });
  tick();
  return {
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
