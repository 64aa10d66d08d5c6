import type { Night, Schedule } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { hasNightSince } from '../health/health-rows.ts';
import type { OverdueState } from '../notifications/notification-kinds.ts';
import type { Server } from '../server.ts';
import { nightOverdue } from './night-ended.ts';
import { lockNightsSince } from './night-rows.ts';
import { dueNights, localDateOf, type Moment } from './night-times.ts';
import { defaultNightTime, nightTimeOf, readSchedule } from './schedule-rows.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than all tries of a night, and a large backup, take. */
const OVERDUE_MS = 4 * HOUR_MS;

/** The newest night that should have its backup by now and has none; null where all is well. */
export async function overdueNight(
  server: Server,
  schedule: Schedule,
  now: Date,
): Promise<Moment | null> {
  if (!schedule.enabled) return null;
  const when = nightTimeOf(schedule, defaultNightTime(server));
  const by = new Date(now.getTime() - OVERDUE_MS);
  const owedFrom = schedule.owedFrom.toISOString().slice(0, 10);
  const dates = [0, 1, 2].map((days) =>
    localDateOf(new Date(by.getTime() - days * 24 * HOUR_MS), when.timeZone),
  );
  const due = dueNights(dates, by, when).at(-1);
  if (!due || due.localDate < owedFrom) return null;
  return (await hasNightSince(server.vault, due.localDate)) ? null : due;
}

/**
 * The chore: tells of the night that is overdue, once, however often and by however many workers it is done. Of a
 * night that failed or was missed people have been told already.
 */
export async function tellOverdueNight(server: Server): Promise<void> {
  const now = server.now();
  const schedule = await readSchedule(server.vault, defaultNightTime(server), now);
  const due = await overdueNight(server, schedule, now);
  if (due) await server.vault.$transaction((tx) => tellUnlessEnded(tx, due));
}

/** A backup that succeeds at this moment either is seen here or sees that its night was told of. */
async function tellUnlessEnded(tx: VaultTransaction, due: Moment): Promise<void> {
  const nights = await lockNightsSince(tx, due.localDate);
  if (nights.some(({ status }) => status === 'SUCCEEDED')) return;
  const night = nights.find(({ localDate }) => localDate.getTime() === Date.parse(due.localDate));
  if (night?.endedAt) return;
  await nightOverdue(tx, due, night ? await stateOf(tx, night) : 'NOT_BEGUN');
}

async function stateOf(tx: VaultTransaction, { jobId }: Night): Promise<OverdueState> {
  const job = jobId === null ? null : await tx.job.findUnique({ where: { id: jobId } });
  return job?.status === 'RUNNING' ? 'RUNNING' : 'WAITING';
}
