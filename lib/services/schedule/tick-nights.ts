import { v7 as uuidv7 } from 'uuid';
import { type Failure, FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Job, Night, Schedule } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type Authority, writeVault } from '../authority.ts';
import { createBackupJob } from '../backups/create-backup.ts';
import { automaticName } from '../backups/given-name.ts';
import { isAnyDestinationOn } from '../external/destination-rows.ts';
import type { Caller } from '../permit.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { type LedgerState, readLedger, settleNightsAhead } from './ledger-rows.ts';
import { nightEnded } from './night-ended.ts';
import { jumped, type LedgerView, type NightPlan, planNights } from './night-plan.ts';
import {
  enterMissedNights,
  enterNight,
  failAttempt,
  lockStoppedNights,
  nightsToTryAgain,
  startAttempt,
} from './night-rows.ts';
import { dateText, type Moment, type NightTime, nextNight } from './night-times.ts';
import {
  defaultNightTime,
  lockSchedule,
  nightTimeOf,
  readSchedule,
  writeSchedule,
} from './schedule-rows.ts';

const MINUTE_MS = 60_000;
/** How long to wait after each failed attempt at a night. */
const TRY_AGAIN_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, 45 * MINUTE_MS];
/** A night that begins this long after its moment is late. */
const LATE_MS = 10 * MINUTE_MS;
const SETTLE_LIMITS = { maxWait: 10_000, timeout: 60_000 };

/**
 * Begins the nights that are due. Any number of workers may call this, as often as they like. Usually there is
 * nothing to do, which takes one query. A changed environment of the worker changes the schedule, unless somebody
 * chose time and zone.
 */
export async function tickNights(server: Server): Promise<void> {
  const now = server.now();
  const defaults = defaultNightTime(server);
  const ledger = await readLedger(server.vault, now);
  if (!ledger) await readSchedule(server.vault, defaults, now);
  else if (isNew(defaults, ledger) || isAnythingToDo(ledger, defaults, now))
    await inLedger(server, async (tx) => {
      await lockSchedule(tx, defaults, now);
      const { time: defaultTime, timeZone: defaultTimeZone } = defaults;
      await writeSchedule(tx, { defaultTime, defaultTimeZone });
      await settleNights(tx, server, now);
    });
}

function isNew({ time, timeZone }: NightTime, ledger: LedgerState): boolean {
  return time !== ledger.defaultTime || timeZone !== ledger.defaultTimeZone;
}

/** A transaction with enough time for the ledger to catch up. */
export function inLedger<T>(
  { vault }: Server,
  work: (tx: VaultTransaction) => Promise<T>,
): Promise<T> {
  return vault.$transaction(work, SETTLE_LIMITS);
}

/** `inLedger` for a request, holding its authority. */
export function writeLedger<T>(
  server: Server,
  by: Authority,
  work: (tx: VaultTransaction, now: Caller) => Promise<T>,
): Promise<T> {
  return writeVault(server, by, work, { limits: SETTLE_LIMITS });
}

function isAnythingToDo(ledger: LedgerState, defaults: NightTime, now: Date): boolean {
  const { when, whenBefore, owedFrom, owedBefore } = viewOf(ledger, defaults);
  if (ledger.unsettled || !isSame(when, whenBefore)) return true;
  if (!ledger.enabled) return false;
  const plan = planNights(viewOf(ledger, defaults), now);
  const isMoved = plan.owedFrom !== owedFrom || plan.owedBefore !== owedBefore;
  return plan.begin.length > 0 || plan.missed.length > 0 || isMoved;
}

/**
 * Brings the ledger up to `now`: nights whose job failed wait or fail, nights that are due begin, and nights that
 * passed are missed. The schedule's row stays locked until the transaction ends.
 */
export async function settleNights(
  tx: VaultTransaction,
  server: Server,
  now: Date,
): Promise<Schedule> {
  const defaults = defaultNightTime(server);
  const schedule = await lockSchedule(tx, defaults, now);
  const { lookedAt } = schedule;
  await settleNightsAhead(tx, {
    now,
    hasJumped: jumped(lookedAt, now),
    sinceMs: lookedAt ? now.getTime() - lookedAt.getTime() : 0,
  });
  const when = nightTimeOf(schedule, defaults);
  const rules = { when, enabled: schedule.enabled, now };
  for (const { night, job } of await lockStoppedNights(tx))
    await endAttempt(tx, night, failureOfNight(job), rules);
  for (const night of await nightsToTryAgain(tx, now)) await tryAgain(tx, night, schedule, rules);
  const ledger = await readLedger(tx, now);
  if (!ledger) return schedule;
  const { owedFrom, owedBefore } = schedule.enabled
    ? await carryOut(tx, viewOf(ledger, defaults), schedule, now)
    : ledger;
  return writeSchedule(tx, {
    owedFrom: new Date(owedFrom),
    owedBefore: owedBefore === null ? null : new Date(owedBefore),
    lookedAt: now,
    lastTime: when.time,
    lastTimeZone: when.timeZone,
  });
}

async function carryOut(
  tx: VaultTransaction,
  view: LedgerView,
  schedule: Schedule,
  now: Date,
): Promise<NightPlan> {
  const plan = planNights(view, now);
  const missed = await enterMissedNights(tx, plan.missed, view.when, now);
  if (missed.length > 0) await nightEnded(tx, { kind: 'MISSED', nights: missed });
  for (const moment of plan.begin) await beginNight(tx, moment, view.when, schedule, now);
  return plan;
}

/** Begins the night of a date: its row and its job are one commit. Null if the date already has a row. */
export async function beginNight(
  tx: VaultTransaction,
  moment: Moment,
  when: NightTime,
  schedule: Schedule,
  now: Date,
): Promise<Night | null> {
  const late = now.getTime() - moment.at.getTime() > LATE_MS;
  const night = await enterNight(tx, moment, when, { late, now });
  return night && attempt(tx, night, schedule);
}

/** Makes another attempt at the night's backup, at once. */
export async function attempt(
  tx: VaultTransaction,
  night: Night,
  { includeFiles }: Pick<Schedule, 'includeFiles'>,
): Promise<Night> {
  const localDate = dateText(night.localDate);
  const job = await enqueueJob(tx, createBackupJob, {
    input: {
      backupId: uuidv7(),
      ...automaticName(localDate, night.time),
      comment: '',
      // External backups hold all files, whatever the schedule says.
      includeFiles: includeFiles || (await isAnyDestinationOn(tx)),
      kind: 'AUTOMATIC',
      schema: 'plant',
      scheduledFor: night.scheduledFor.toISOString(),
    },
    requestedBy: systemActor,
  });
  return startAttempt(tx, night.id, job.id);
}

interface Rules {
  readonly when: NightTime;
  /** While the schedule is off, nothing is tried again. */
  readonly enabled: boolean;
  readonly now: Date;
}

async function tryAgain(
  tx: VaultTransaction,
  night: Night,
  schedule: Schedule,
  { when, enabled, now }: Rules,
): Promise<void> {
  if (enabled && now < nightAfter(night, when)) await attempt(tx, night, schedule);
  else await giveUp(tx, night, now);
}

async function giveUp(tx: VaultTransaction, night: Night, now: Date): Promise<void> {
  const failure = storedFailure(night.error) ?? unknownFailure;
  await nightEnded(tx, {
    kind: 'FAILED',
    night: await failAttempt(tx, night.id, failure, null, now),
  });
}

/** A night fails after its last attempt, or if the next attempt would come after the next night. */
async function endAttempt(
  tx: VaultTransaction,
  night: Night,
  failure: Failure,
  { when, enabled, now }: Rules,
): Promise<void> {
  const waitMs = enabled ? TRY_AGAIN_MS[night.attempts - 1] : undefined;
  const again = waitMs === undefined ? null : new Date(now.getTime() + waitMs);
  const next = again && again < nightAfter(night, when) ? again : null;
  const failed = await failAttempt(tx, night.id, failure, next, now);
  if (next === null) await nightEnded(tx, { kind: 'FAILED', night: failed });
}

function nightAfter(night: Night, when: NightTime): Date {
  return nextNight(night.scheduledFor, when).at;
}

/** A cancelled job counts as a failed attempt. Only turning the schedule off stops a night from being tried again. */
export function failureOfNight(job: Job | null): Failure {
  if (job?.status === 'FAILED') return storedFailure(job.error) ?? unknownFailure;
  return failureOf(new FiberkeepError('CANCELLED', { reason: 'nightBackupCancelled' }));
}

export const unknownFailure = failureOf(new FiberkeepError('INTERNAL'));

function viewOf(ledger: LedgerState, defaults: NightTime): LedgerView {
  return {
    open: ledger.open,
    owedFrom: ledger.owedFrom,
    owedBefore: ledger.owedBefore,
    lookedAt: ledger.lookedAt,
    when: nightTimeOf(ledger, defaults),
    whenBefore: { time: ledger.lastTime, timeZone: ledger.lastTimeZone },
  };
}

function isSame(one: NightTime, other: NightTime): boolean {
  return one.time === other.time && one.timeZone === other.timeZone;
}
