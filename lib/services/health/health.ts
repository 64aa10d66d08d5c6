import { namesOf } from '#engine/restore/structure.ts';
import {
  type ErrorCode,
  type ErrorDetails,
  type Failure,
  FiberkeepError,
  failureOf,
  storedFailure,
} from '#errors';
import type { Backup, Night, Schedule } from '#generated/vault/client.ts';
import { isDatedAhead } from '../backups/newest-rows.ts';
import { notRestorableOf } from '../backups/not-restorable.ts';
import { anomalyOf } from '../changes/anomaly.ts';
import { type DestinationHealth, findDestinationStates } from '../external/destination-queries.ts';
import type { Permit } from '../permit.ts';
import { takenDates } from '../schedule/night-rows.ts';
import { dateText, nextNight } from '../schedule/night-times.ts';
import { overdueNight } from '../schedule/overdue.ts';
import { defaultNightTime, nightTimeOf, readSchedule } from '../schedule/schedule-rows.ts';
import type { Server } from '../server.ts';
import { type HealthRows, lastRestoreTest, readHealthRows } from './health-rows.ts';
import { WARN_DAYS } from './space-forecast.ts';
import { readStorage, type Storage } from './storage.ts';

const HOUR_MS = 60 * 60 * 1000;
/** How long an unfinished restore test is retried before it becomes a warning. */
const UNTESTED_MS = 24 * HOUR_MS;

const levels = ['OK', 'WARNING', 'ALARM'] as const;
export type HealthLevel = (typeof levels)[number];

export type HealthProblemCode =
  | 'NO_BACKUP'
  | 'CLOCK_WRONG'
  | 'NIGHT_FAILED'
  | 'NIGHT_MISSED'
  | 'INTRADAY_FAILED'
  | 'OVERDUE'
  | 'RESTORE_TEST_FAILED'
  | 'UNTESTED'
  | 'NOT_RESTORABLE'
  | 'UNUSUAL_CHANGES'
  | 'ROWS_DIFFER'
  | 'DISK_FULL'
  | 'DISK_LOW'
  | 'SWEEP_STUCK'
  | 'VAULT_UNAVAILABLE'
  | 'SCHEDULE_OFF'
  | ExternalProblemCode;

export interface HealthProblem {
  readonly code: HealthProblemCode;
  readonly level: HealthLevel;
  /** The text of a banner. */
  readonly summary: Failure;
  readonly at: Date | null;
  readonly backup: Backup | null;
  /** The destination that it is about. */
  readonly destinationName: string | null;
  /** The cause; its hint says what to do. */
  readonly error: Failure | null;
}

export interface Health {
  readonly level: HealthLevel;
  /** Worst first. */
  readonly problems: readonly HealthProblem[];
  readonly lastGood: Backup | null;
  readonly lastTested: Backup | null;
  readonly lastAutomatic: Backup | null;
  readonly nextRunAt: Date | null;
  readonly overdue: boolean;
  readonly failed: boolean;
  readonly storage: Storage;
}

/** The state of the backups, and what is wrong. */
export function findHealth(server: Server, _permit: Permit<'backup.view'>): Promise<Health> {
  return readHealth(server);
}

/** `findHealth` for the server itself (health check, metrics): it needs no permit. */
export async function readHealth(server: Server): Promise<Health> {
  const now = server.now();
  const defaults = defaultNightTime(server);
  const [schedule, rows, storage] = await Promise.all([
    readSchedule(server.vault, defaults, now),
    readHealthRows(server.vault, now),
    readStorage(server),
  ]);
  const overdue = await overdueNight(server, schedule, now);
  const found = [
    noBackup(rows),
    wrongClock(rows),
    ...nightProblems(rows, overdue?.at ?? null, schedule),
    damagedBackup(rows, now),
    await untested(server, rows, now),
    madeByHand(rows),
    unusualChanges(rows),
    rowsDiffer(rows),
    fullDisk(storage),
    await fullPart(server, storage),
    await silentStore(server),
    stuckSweep(rows),
    ...(await findDestinationStates(server)).flatMap((one) => [
      troubledDestination(one),
      unreadableIn(one),
    ]),
  ];
  const problems = found.filter((problem) => problem !== null);
  problems.sort((one, other) => levels.indexOf(other.level) - levels.indexOf(one.level));
  const { lastGood, lastTested, lastAutomatic } = rows;
  const alarming = (...codes: HealthProblemCode[]) =>
    problems.some(({ code, level }) => level === 'ALARM' && codes.includes(code));
  return {
    level: problems[0]?.level ?? 'OK',
    problems,
    lastGood,
    lastTested,
    lastAutomatic,
    nextRunAt: await nextRunAt(server, schedule, now),
    storage,
    overdue: problems.some(({ code }) => code === 'OVERDUE'),
    failed: alarming('NIGHT_FAILED', 'NIGHT_MISSED', 'RESTORE_TEST_FAILED'),
  };
}

async function nextRunAt(server: Server, schedule: Schedule, now: Date): Promise<Date | null> {
  if (!schedule.enabled) return null;
  const taken = await takenDates(server.vault, now);
  const when = nightTimeOf(schedule, defaultNightTime(server));
  return nextNight(now, when, (localDate) => taken.has(localDate)).at;
}

type Found = HealthProblem | null;

function problem(
  code: HealthProblemCode,
  level: HealthLevel,
  summary: Failure,
  more: Partial<Pick<HealthProblem, 'at' | 'backup' | 'destinationName' | 'error'>>,
): HealthProblem {
  return {
    code,
    level,
    summary,
    at: null,
    backup: null,
    destinationName: null,
    error: null,
    ...more,
  };
}

function said(code: ErrorCode, details: ErrorDetails): Failure {
  return failureOf(new FiberkeepError(code, details));
}

function noBackup({ lastGood, ahead }: HealthRows): Found {
  if (lastGood || ahead) return null;
  return problem('NO_BACKUP', 'WARNING', said('NOT_FOUND', { reason: 'noBackupYet' }), {});
}

/** What is dated ahead counts as no newest backup. Without another one nobody knows how old the newest is. */
function wrongClock({ lastGood, ahead }: HealthRows): Found {
  if (!ahead) return null;
  const params = { count: ahead.count, latestAt: ahead.latest.toISOString() };
  const summary = said('CONFLICT', { reason: 'backupsDatedAhead', params });
  return problem('CLOCK_WRONG', lastGood ? 'WARNING' : 'ALARM', summary, {});
}

function nightProblems(rows: HealthRows, overdue: Date | null, schedule: Schedule): Found[] {
  if (!schedule.enabled)
    return [
      problem('SCHEDULE_OFF', 'WARNING', said('CONFLICT', { reason: 'automaticBackupsOff' }), {
        at: schedule.updatedAt,
      }),
    ];
  return [
    overdue && late(overdue),
    rows.night && endOfNight(rows.night),
    failedSlot(rows, schedule),
  ];
}

function late(at: Date): HealthProblem {
  const params = { scheduledAt: at.toISOString() };
  const summary = said('NOT_FOUND', { reason: 'automaticBackupOverdue', params });
  return problem('OVERDUE', 'ALARM', summary, { at });
}

/** The next backup between nights takes it away. */
function failedSlot({ slot }: HealthRows, { everyHours }: Schedule): Found {
  if (everyHours === null || slot?.status !== 'FAILED') return null;
  const params = { scheduledAt: slot.scheduledFor.toISOString() };
  const summary = said('NOT_FOUND', { reason: 'betweenBackupFailed', params });
  return problem('INTRADAY_FAILED', 'WARNING', summary, {
    at: slot.endedAt,
    error: storedFailure(slot.error),
  });
}

function endOfNight(night: Night): Found {
  const date = dateText(night.localDate);
  const at = night.endedAt ?? night.scheduledFor;
  const params = { date };
  const error = storedFailure(night.error);
  const of = (reason: NightReason) => said('NOT_FOUND', { reason, params });
  if (night.status === 'FAILED')
    return problem('NIGHT_FAILED', 'ALARM', of('automaticBackupFailed'), { at, error });
  if (night.status === 'WAITING')
    return problem('NIGHT_FAILED', 'WARNING', of('automaticBackupTriedAgain'), { at, error });
  if (night.status !== 'MISSED') return null;
  return problem('NIGHT_MISSED', 'ALARM', of('automaticBackupMissed'), { at });
}

type NightReason = 'automaticBackupFailed' | 'automaticBackupMissed' | 'automaticBackupTriedAgain';

function damagedBackup({ damaged, lastTested }: HealthRows, now: Date): Found {
  if (!damaged) return null;
  const newer =
    lastTested !== null && (lastTested.createdAt > damaged.createdAt || isDatedAhead(damaged, now));
  const error = storedFailure(damaged.testError) ?? said('TEST_FAILED', {});
  return problem('RESTORE_TEST_FAILED', newer ? 'WARNING' : 'ALARM', error, {
    at: damaged.testFailedAt,
    backup: damaged,
    error,
  });
}

async function untested(server: Server, { lastAutomatic }: HealthRows, now: Date): Promise<Found> {
  if (!lastAutomatic || lastAutomatic.testedAt || lastAutomatic.testFailedAt) return null;
  if (lastAutomatic.createdAt.getTime() > now.getTime() - UNTESTED_MS) return null;
  const restoreTest = await lastRestoreTest(server.vault, lastAutomatic.id);
  const params = { name: lastAutomatic.name };
  const summary = said('CONFLICT', { reason: 'automaticBackupUntested', params });
  return problem('UNTESTED', 'WARNING', summary, {
    at: lastAutomatic.createdAt,
    backup: lastAutomatic,
    error: storedFailure(restoreTest?.error),
  });
}

/** MISSING is worse than made by hand: nothing of such a backup comes back. */
function madeByHand({ lastGood }: HealthRows): Found {
  const found = lastGood ? notRestorableOf(lastGood) : [];
  if (!lastGood || found.length === 0) return null;
  const missing = found.filter(({ reason }) => reason === 'MISSING');
  const [level, reason, tables] =
    missing.length > 0
      ? (['ALARM', 'tablesMissing', missing] as const)
      : (['WARNING', 'tablesMadeByHand', found] as const);
  const summary = said('STRUCTURE_DIFFERENT', { reason, params: { tables: namesOf(tables) } });
  const { createdAt: at } = lastGood;
  return problem('NOT_RESTORABLE', level, summary, { at, backup: lastGood, error: summary });
}

function unusualChanges({ unusual }: HealthRows): Found {
  const anomaly = unusual && anomalyOf(unusual);
  if (!anomaly) return null;
  const summary = said('CONFLICT', { reason: 'unusualChanges', params: { ...anomaly } });
  const { createdAt: at } = unusual;
  return problem('UNUSUAL_CHANGES', 'WARNING', summary, { at, backup: unusual, error: summary });
}

/** Until somebody looked, every backup reads everything. */
function rowsDiffer({ differing }: HealthRows): Found {
  if (!differing) return null;
  const params = { tables: differing.tables.join(', ') };
  const summary = said('TEST_FAILED', { reason: 'rowsChangedWithoutTrace', params });
  const { at, backup } = differing;
  return problem('ROWS_DIFFER', 'ALARM', summary, { at, backup, error: summary });
}

function fullDisk({ level, freeBytes, forecast, measuredAt: at }: Storage): Found {
  if (level === 'OK') return null;
  const full = (details: ErrorDetails) => said('DISK_FULL', details);
  if (forecast.lack) {
    const summary = full({ reason: 'nextBackupDoesNotFit', params: forecast.lack });
    const error = full({ reason: 'noRoomForBackup', params: forecast.lack });
    return problem('DISK_FULL', 'ALARM', summary, { at, error });
  }
  const params = { freeBytes: Number(freeBytes ?? 0n) };
  const left = forecast.daysUntilFull;
  if (left === null || left >= WARN_DAYS)
    return problem('DISK_LOW', 'WARNING', full({ reason: 'diskNearlyFull', params }), { at });
  const withDays = { ...params, days: Math.floor(left) };
  const summary = full({ reason: 'diskFillsUp', params: withDays });
  return problem('DISK_LOW', 'WARNING', summary, { at });
}

/** A part that lies on another disk than the backups. */
async function fullPart({ room }: Server, storage: Storage): Promise<Found> {
  const [first] = await room.full();
  if (!first || fullDisk(storage)?.code === 'DISK_FULL') return null;
  const { part, freeBytes, reserveBytes } = first;
  const params = { part, freeBytes, reserveBytes };
  const summary = said('DISK_FULL', { reason: 'diskOfPartFull', params });
  return problem('DISK_FULL', 'ALARM', summary, {});
}

/** Nothing can be backed up or brought back meanwhile, and no file of a post is shown. */
async function silentStore(server: Server): Promise<Found> {
  const fault = await server.storeFault();
  if (!fault) return null;
  const error = failureOf(fault);
  return problem('VAULT_UNAVAILABLE', 'ALARM', error, { error });
}

function stuckSweep({ sweep, unreadable }: HealthRows): Found {
  const error = storedFailure(sweep?.error);
  if (sweep?.status !== 'FAILED' || error?.code !== 'TEST_FAILED') return null;
  return problem('SWEEP_STUCK', 'WARNING', error, {
    at: sweep.endedAt,
    backup: unreadable,
    error,
  });
}

type ExternalProblemCode =
  | 'EXTERNAL_DAMAGED'
  | 'EXTERNAL_FAILED'
  | 'EXTERNAL_LOST'
  | 'EXTERNAL_OVERDUE'
  | 'EXTERNAL_UNREADABLE';

/** Nothing is removed there until somebody looked. */
function unreadableIn({ name, unreadable: count }: DestinationHealth): Found {
  if (count === 0) return null;
  const params = { name, count };
  const summary = said('DESTINATION_UNUSABLE', { reason: 'externalUnreadable', params });
  return problem('EXTERNAL_UNREADABLE', 'WARNING', summary, { destinationName: name });
}

/** A run that failed is tried again: it alarms once the newest backup there is too old. */
function troubledDestination({ name, state, since: at, error }: DestinationHealth): Found {
  const about = { at, destinationName: name, error };
  const params = { name };
  const unusable = (reason: 'externalDamaged' | 'externalFailing' | 'externalOverdue') =>
    said('DESTINATION_UNUSABLE', { reason, params });
  switch (state) {
    case 'LOST': {
      const summary = said('DESTINATION_LOST', { reason: 'destinationLost', params });
      return problem('EXTERNAL_LOST', 'ALARM', summary, about);
    }
    case 'DAMAGED':
      return problem('EXTERNAL_DAMAGED', 'ALARM', unusable('externalDamaged'), about);
    case 'OVERDUE':
      return problem('EXTERNAL_OVERDUE', 'ALARM', unusable('externalOverdue'), about);
    case 'FAILING':
      return problem('EXTERNAL_FAILED', 'WARNING', unusable('externalFailing'), about);
    default:
      return null;
  }
}
