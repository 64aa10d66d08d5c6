import type { Server } from '../server.ts';
import { defaultNightTime, nightTimeOf, readSchedule } from './schedule-rows.ts';

/** The schedule's time zone, in which people read moments everywhere. */
export async function scheduleZone(server: Server): Promise<string> {
  const defaults = defaultNightTime(server);
  const schedule = await readSchedule(server.vault, defaults, server.now());
  return nightTimeOf(schedule, defaults).timeZone;
}
