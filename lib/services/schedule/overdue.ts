import type { Night, Schedule } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { OverdueState } from '../notifications/notification-kinds.ts';
import type { Server } from '../server.ts';
import { nightOverdue } from './night-ended.ts';
import { hasNightSince, isAttemptRunning, lockNightsSince } from './night-rows.ts';
import { dateText, dueNights, localDateOf, type Moment } from './night-times.ts';
import { defaultNightTime, nightTimeOf, readSchedule } from './schedule-rows.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than all attempts of a night take, even with a large backup. */
const OVERDUE_MS = 4 * HOUR_MS;

/** The newest night that should have its backup by now and does not; null if there is none. */
export async function overdueNight(
  server: Server,
  schedule: Schedule,
  now: Date,
): Promise<Moment | null> {
  if (!schedule.enabled) return null;
  const when = nightTimeOf(schedule, defaultNightTime(server));
  const by = new Date(now.getTime() - OVERDUE_MS);
  const owedFrom = dateText(schedule.owedFrom);
  const dates = [0, 1, 2].map((days) =>
    localDateOf(new Date(by.getTime() - days * 24 * HOUR_MS), when.timeZone),
  );
  const due = dueNights(dates, by, when).at(-1);
  if (!due || due.localDate < owedFrom) return null;
  return (await hasNightSince(server.vault, due.localDate, now)) ? null : due;
}

/**
 * The chore: notifies an overdue night once, however often it runs and in however many workers. A night that failed
 * or was missed has been notified already.
 */
export async function notifyOverdueNight(server: Server): Promise<void> {
  const now = server.now();
  const schedule = await readSchedule(server.vault, defaultNightTime(server), now);
  const due = await overdueNight(server, schedule, now);
  if (due) await server.vault.$transaction((tx) => notifyUnlessEnded(tx, due));
}

/** A backup that succeeds now is either seen here, or sees the notification of its night. */
async function notifyUnlessEnded(tx: VaultTransaction, due: Moment): Promise<void> {
  const nights = await lockNightsSince(tx, due.localDate);
  if (nights.some(({ status }) => status === 'SUCCEEDED')) return;
  const night = nights.find(({ localDate }) => localDate.getTime() === Date.parse(due.localDate));
  if (night?.endedAt) return;
  await nightOverdue(tx, due, night ? await stateOf(tx, night) : 'NOT_BEGUN');
}

async function stateOf(tx: VaultTransaction, night: Night): Promise<OverdueState> {
  return (await isAttemptRunning(tx, night)) ? 'RUNNING' : 'WAITING';
}
