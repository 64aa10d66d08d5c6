import type { Prisma, Schedule } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { Server } from '../server.ts';
import { type NightTime, nextNight } from './night-times.ts';

/** Time and zone of this process's environment. */
export function defaultNightTime({ config }: Server): NightTime {
  return { time: config.backupTime, timeZone: config.timeZone };
}

/** The schedule; made at the first look, when `defaults` (of the environment) and `now` say what it owes. */
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

/** `readSchedule`, its row locked until the transaction ends: one at a time decides about the nights. */
export async function lockSchedule(
  tx: VaultTransaction,
  defaults: NightTime,
  now: Date,
): Promise<Schedule> {
  await readSchedule(tx, defaults, now);
  await tx.$queryRaw`SELECT id FROM vault.schedule WHERE id = 1 FOR UPDATE`;
  return tx.schedule.findUniqueOrThrow({ where: { id: 1 } });
}

/** Nothing is owed for nights from before there was a schedule: only from the next one on. */
async function beginSchedule(db: VaultTransaction, defaults: NightTime, now: Date): Promise<void> {
  const { localDate } = nextNight(now, defaults);
  await db.$executeRaw`
    INSERT INTO vault.schedule (id, owed_from, looked_at, last_time, last_time_zone, default_time, default_time_zone)
    VALUES (1, ${localDate}::date, ${now}, ${defaults.time}, ${defaults.timeZone}, ${defaults.time}, ${defaults.timeZone})
    ON CONFLICT (id) DO NOTHING`;
}

type Chosen = Pick<Schedule, 'time' | 'timeZone' | 'defaultTime' | 'defaultTimeZone'>;

/** Time and zone as they are chosen, or else as the worker's environment has them. */
export function nightTimeOf(schedule: Chosen, environment: NightTime): NightTime {
  const defaults = defaultsOf(schedule, environment);
  return {
    time: schedule.time ?? defaults.time,
    timeZone: schedule.timeZone ?? defaults.timeZone,
  };
}

/** What holds without a choice: as the worker noted it, or else as this process's environment has it. */
export function defaultsOf(
  { defaultTime, defaultTimeZone }: Pick<Chosen, 'defaultTime' | 'defaultTimeZone'>,
  environment: NightTime,
): NightTime {
  return {
    time: defaultTime ?? environment.time,
    timeZone: defaultTimeZone ?? environment.timeZone,
  };
}

/** Changes the row; `lockSchedule` first. */
export async function writeSchedule(
  tx: VaultTransaction,
  data: Prisma.ScheduleUpdateInput,
): Promise<Schedule> {
  return tx.schedule.update({ where: { id: 1 }, data });
}
