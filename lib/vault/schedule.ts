import type { Prisma, Schedule } from '../../generated/vault/client.ts';
import type { VaultTransaction } from './client.ts';
import { type NightTime, nextNight } from './night-times.ts';

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
    INSERT INTO vault.schedule (id, owed_from, last_time, last_time_zone)
    VALUES (1, ${localDate}::date, ${defaults.time}, ${defaults.timeZone})
    ON CONFLICT (id) DO NOTHING`;
}

/** Time and zone as they are chosen, or else those of the environment. */
export function nightTimeOf(
  { time, timeZone }: Pick<Schedule, 'time' | 'timeZone'>,
  defaults: NightTime,
): NightTime {
  return { time: time ?? defaults.time, timeZone: timeZone ?? defaults.timeZone };
}

/** Changes the row; `lockSchedule` first. */
export async function writeSchedule(
  tx: VaultTransaction,
  data: Prisma.ScheduleUpdateInput,
): Promise<Schedule> {
  return tx.schedule.update({ where: { id: 1 }, data });
}
