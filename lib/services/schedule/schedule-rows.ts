import type { Prisma, Schedule } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { Server } from '../server.ts';
import { type NightTime, nextNight } from './night-times.ts';

/** The time and zone in this process's environment. */
export function defaultNightTime({ config }: Server): NightTime {
  return { time: config.backupTime, timeZone: config.timeZone };
}

/** The schedule. The first call creates it from the environment's `defaults`, owing nights from `now` on. */
export async function readSchedule(
  db: VaultTransaction,
  defaults: NightTime,
  now: Date,
): Promise<Schedule> {
  const found = await db.schedule.findUnique({ where: { id: 1 } });
  if (found) return found;
  await beginSchedule(db, defaults, now);
  return db.schedule.findUniqueOrThrow({ where: { id: 1 } });
}

/** As `readSchedule`, with the row locked until the transaction ends: one process at a time decides the nights. */
export async function lockSchedule(
  tx: VaultTransaction,
  defaults: NightTime,
  now: Date,
): Promise<Schedule> {
  await readSchedule(tx, defaults, now);
  await tx.$queryRaw`SELECT id FROM vault.schedule WHERE id = 1 FOR UPDATE`;
  return tx.schedule.findUniqueOrThrow({ where: { id: 1 } });
}

/** A new schedule owes no night before the next one. */
async function beginSchedule(db: VaultTransaction, defaults: NightTime, now: Date): Promise<void> {
  const { localDate } = nextNight(now, defaults);
  await db.$executeRaw`
    INSERT INTO vault.schedule (id, owed_from, looked_at, last_time, last_time_zone, default_time, default_time_zone)
    VALUES (1, ${localDate}::date, ${now}, ${defaults.time}, ${defaults.timeZone}, ${defaults.time}, ${defaults.timeZone})
    ON CONFLICT (id) DO NOTHING`;
}

type Chosen = Pick<Schedule, 'time' | 'timeZone' | 'defaultTime' | 'defaultTimeZone'>;

/** The chosen time and zone, or the worker's defaults. */
export function nightTimeOf(schedule: Chosen, environment: NightTime): NightTime {
  const defaults = defaultsOf(schedule, environment);
  return {
    time: schedule.time ?? defaults.time,
    timeZone: schedule.timeZone ?? defaults.timeZone,
  };
}

/** The defaults that the worker recorded, or else those of this process's environment. */
export function defaultsOf(
  { defaultTime, defaultTimeZone }: Pick<Chosen, 'defaultTime' | 'defaultTimeZone'>,
  environment: NightTime,
): NightTime {
  return {
    time: defaultTime ?? environment.time,
    timeZone: defaultTimeZone ?? environment.timeZone,
  };
}

/** Changes the row, which `lockSchedule` must have locked. */
export async function writeSchedule(
  tx: VaultTransaction,
  data: Prisma.ScheduleUpdateInput,
): Promise<Schedule> {
  return tx.schedule.update({ where: { id: 1 }, data });
}
