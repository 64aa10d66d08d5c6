import { v7 as uuidv7 } from 'uuid';
import { type Failure, storedFailure } from '#errors';
import type { Night, Schedule } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureDetail } from '#vault/failures.ts';
import { createBackupJob } from '../backups/create-backup.ts';
import { automaticName } from '../backups/given-name.ts';
import { isAnyDestinationOn } from '../external/destination-rows.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { newestSlot, nextSlot, type Slot } from './between-nights.ts';
import { INTRADAY } from './ledger-rows.ts';
import { failAttempt, lockStoppedNights, nightsToTryAgain, startAttempt } from './night-rows.ts';
import { localDateOf, localTextOf, type NightTime, timeOfDayOf } from './night-times.ts';
import { defaultNightTime, lockSchedule, nightTimeOf, readSchedule } from './schedule-rows.ts';
import { enterSlot, newestSlotRow } from './slot-rows.ts';
import { failureOfNight, inLedger, unknownFailure } from './tick-nights.ts';

const MINUTE_MS = 60_000;
/** How long to wait after each failed attempt; the next slot is the last resort. */
const TRY_AGAIN_MS = [5 * MINUTE_MS, 15 * MINUTE_MS];
/** A slot that begins this long after its moment is late. */
const LATE_MS = 10 * MINUTE_MS;

/**
 * Begins the backup between two nights that is due. Any number of workers may call this, as often as they like: the
 * ledger's row is inserted once. Slots that passed while no worker ran leave no row; the newest one runs late.
 */
export async function tickSlots(server: Server): Promise<void> {
  const now = server.now();
  const defaults = defaultNightTime(server);
  const schedule = await readSchedule(server.vault, defaults, now);
  const newest = await newestSlotRow(server.vault, now);
  if (!isOpen(newest) && !dueSlot(schedule, newest, nightTimeOf(schedule, defaults), now)) return;
  await inLedger(server, async (tx) => {
    const locked = await lockSchedule(tx, defaults, now);
    await settleSlots(tx, locked, nightTimeOf(locked, defaults), now);
  });
}

/** Whether its backup may still be made: the row is looked at until it has ended. */
function isOpen(row: Night | null): boolean {
  return row?.status === 'RUNNING' || row?.status === 'WAITING';
}

/** The slot to begin at `now`; null if there is none, or the slot before it is still being made. */
function dueSlot(
  { enabled, everyHours, everyHoursSince }: Schedule,
  newest: Night | null,
  when: NightTime,
  now: Date,
): Slot | null {
  if (!enabled || everyHours === null || newest?.status === 'RUNNING') return null;
  const slot = newestSlot(now, when, everyHours);
  if (!slot || (everyHoursSince && slot.at <= everyHoursSince)) return null;
  return newest && newest.scheduledFor >= slot.at ? null : slot;
}

async function settleSlots(
  tx: VaultTransaction,
  schedule: Schedule,
  when: NightTime,
  now: Date,
): Promise<void> {
  for (const { night, job } of await lockStoppedNights(tx, INTRADAY)) {
    const again = nextAttempt(night, schedule, when, now);
    await failSlot(tx, night, failureOfNight(job), again, now);
  }
  const due = dueSlot(schedule, await newestSlotRow(tx, now), when, now);
  for (const row of await nightsToTryAgain(tx, now, INTRADAY)) {
    const isOver = due !== null || !schedule.enabled || schedule.everyHours === null;
    if (isOver) await failSlot(tx, row, storedFailure(row.error) ?? unknownFailure, null, now);
    else await attempt(tx, row, schedule);
  }
  if (due) await beginSlot(tx, due, schedule, when, now);
}

async function beginSlot(
  tx: VaultTransaction,
  due: Slot,
  schedule: Schedule,
  when: NightTime,
  now: Date,
): Promise<void> {
  const late = now.getTime() - due.at.getTime() > LATE_MS;
  const entered = await enterSlot(tx, due, when, { late, now });
  if (entered) await attempt(tx, entered, schedule);
}

async function attempt(tx: VaultTransaction, row: Night, schedule: Schedule): Promise<void> {
  const { scheduledFor, timeZone } = row;
  const name = automaticName(
    localDateOf(scheduledFor, timeZone),
    timeOfDayOf(scheduledFor, timeZone),
  );
  const job = await enqueueJob(tx, createBackupJob, {
    input: {
      backupId: uuidv7(),
      ...name,
      comment: '',
      includeFiles: schedule.includeFiles || (await isAnyDestinationOn(tx)),
      kind: 'INTRADAY',
      schema: 'plant',
      scheduledFor: scheduledFor.toISOString(),
    },
    requestedBy: systemActor,
  });
  await startAttempt(tx, row.id, job.id);
}

/** When a slot that failed now is tried again; null if its attempts are over, or the next slot comes before. */
function nextAttempt(
  { attempts }: Night,
  { enabled, everyHours }: Schedule,
  when: NightTime,
  now: Date,
): Date | null {
  const waitMs = TRY_AGAIN_MS[attempts - 1];
  if (!enabled || everyHours === null || waitMs === undefined) return null;
  const again = new Date(now.getTime() + waitMs);
  return again < nextSlot(now, when, everyHours).at ? again : null;
}

/** Audits the end of a slot. Nobody is notified: the next slot or the night follows, and health says it until then. */
async function failSlot(
  tx: VaultTransaction,
  row: Night,
  failure: Failure,
  again: Date | null,
  now: Date,
): Promise<void> {
  await failAttempt(tx, row.id, failure, again, now);
  if (again !== null) return;
  await recordAudit(tx, {
    actor: systemActor,
    action: 'night.fail',
    target: { kind: 'night', id: row.id, name: localTextOf(row.scheduledFor, row.timeZone) },
    outcome: 'FAILED',
    detail: failureDetail(failure),
  });
}
