import cron from 'node-cron';
import { housekeep, housekeepHourly } from '#services/housekeeping.ts';
import { tickNights } from '#services/schedule/tick-nights.ts';
import { tickSlots } from '#services/schedule/tick-slots.ts';
import type { Log, Server } from '#services/server.ts';

const EVERY_MINUTE = '* * * * *';
const EVERY_HOUR = '17 * * * *';
const EVERY_15_SECONDS = '*/15 * * * * *';

interface Chores {
  stop(): Promise<void>;
}

/** Does the chores once now and then every minute and every hour, until `stop`. */
export function startHousekeeping(server: Server, log: Log): Chores {
  const minutely = startChores(EVERY_MINUTE, () => housekeep(server), log);
  const hourly = startChores(EVERY_HOUR, () => housekeepHourly(server), log);
  minutely.tick();
  return {
    async stop() {
      await Promise.all([minutely.stop(), hourly.stop()]);
    },
  };
}

/** Looks for nights that are due: at once, to catch up with those missed, and then every 15 seconds. */
export function startNights(server: Server, log: Log): Chores {
  const nights = startChores(EVERY_15_SECONDS, () => lookForDue(server), log);
  nights.tick();
  return nights;
}

async function lookForDue(server: Server): Promise<void> {
  await tickNights(server);
  await tickSlots(server);
}

/** Runs one round at a time: ticks during a round are dropped. */
function startChores(schedule: string, chores: () => Promise<void>, log: Log) {
  let running: Promise<void> | null = null;
  const tick = () => {
    running ??= chores()
      .catch((error) => log.warn({ err: error }, 'housekeeping did not finish; again later'))
      .finally(() => {
        running = null;
      });
  };
  const task = cron.schedule(schedule, tick, { suppressMissedWarning: true });
  return {
    tick,
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
