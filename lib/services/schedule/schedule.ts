import type { Author } from '#engine/ports.ts';
import { type FieldError, type FieldFault, validationError } from '#errors';
import { publish } from '#events/channel.ts';
import type { Night, Prisma, Schedule } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { authorInIfAny } from '../authors.ts';
import { type Caller, type InPerson, type Permit, permit as requirePermit } from '../permit.ts';
import type { Server } from '../server.ts';
import { HOURS, nextSlot } from './between-nights.ts';
import { movedTo } from './night-plan.ts';
import { lastNight, takenDates } from './night-rows.ts';
import {
  dateText,
  isTimeOfDay,
  localDateOf,
  localTextOf,
  type NightTime,
  nextNight,
  timeZoneNamed,
} from './night-times.ts';
import {
  defaultNightTime,
  defaultsOf,
  nightTimeOf,
  readSchedule,
  writeSchedule,
} from './schedule-rows.ts';
import { settleNights, writeLedger } from './tick-nights.ts';

/** The moment of a night, also as local time. */
export interface NightMoment {
  /** The instant */
  readonly at: Date;
  /** YYYY-MM-DD */
  readonly localDate: string;
  /** Local time with its UTC offset */
  readonly local: string;
  readonly timeZone: string;
}

/** The schedule with its defaults filled in, and the next and last night. */
export interface ScheduleView
  extends Pick<
    Schedule,
    | 'enabled'
    | 'includeFiles'
    | 'keepLast'
    | 'keepDaily'
    | 'keepWeekly'
    | 'keepMonthly'
    | 'everyHours'
    | 'keepHours'
    | 'updatedAt'
  > {
  readonly time: string;
  readonly timeZone: string;
  readonly timeIsDefault: boolean;
  readonly timeZoneIsDefault: boolean;
  readonly defaultTime: string;
  readonly defaultTimeZone: string;
  /** Of the next night; null while it is off. */
  readonly nextRun: NightMoment | null;
  /** Of the next backup between nights; null where there is none. */
  readonly nextBetween: NightMoment | null;
  readonly lastRun: Night | null;
  readonly updatedBy: Author | null;
}

/** Fields left out stay as they are; so do null ones, except where null is said to mean something. */
export interface ScheduleInput {
  readonly enabled?: boolean | null;
  /** HH:MM; null: the server's own */
  readonly time?: string | null;
  /** IANA name; null: the server's own */
  readonly timeZone?: string | null;
  readonly includeFiles?: boolean | null;
  readonly keepLast?: number | null;
  readonly keepDaily?: number | null;
  readonly keepWeekly?: number | null;
  readonly keepMonthly?: number | null;
  /** Also a backup every 1, 2, 4, 6 or 12 hours between nights; null: none */
  readonly everyHours?: number | null;
  readonly keepHours?: number | null;
}

const MOST_KEPT = 10_000;
const keeps = ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepHours'] as const;

/** When automatic backups are made, how long they are kept, and the next and last night. */
export async function findSchedule(
  server: Server,
  _permit: Permit<'backup.view'>,
): Promise<ScheduleView> {
  const now = server.now();
  const schedule = await readSchedule(server.vault, defaultNightTime(server), now);
  return viewOf(server, schedule, now);
}

/**
 * Changes the schedule, from the next night on. A date that was attempted never runs again; a date that the change
 * moves into the past runs at once. Turning the schedule on owes nothing for the time when it was off. Throws
 * VALIDATION_FAILED naming each wrong field, and FORBIDDEN (audited) where fewer backups would be kept by somebody
 * who may not delete them.
 */
export async function updateSchedule(
  server: Server,
  permit: InPerson<'backup.configure'>,
  input: ScheduleInput,
): Promise<ScheduleView> {
  const changes = readInput(input);
  const now = server.now();
  const { actor } = permit;
  const schedule = await writeLedger(server, permit, async (tx, caller) => {
    // Nights due under the old schedule are settled first, so the change does not seem to cause them.
    const before = await settleNights(tx, server, now);
    const by = { updatedAt: now, ...authorColumns('updatedBy', actor) };
    const changed = await writeSchedule(tx, { ...changes, ...by });
    await assertMayKeepLess(server, caller, before, changed);
    if (changed.enabled && !before.enabled) await owedFromNow(tx, server, changed, now);
    if (changed.enabled && (!before.enabled || changed.everyHours !== before.everyHours))
      await writeSchedule(tx, { everyHoursSince: now });
    await recordAudit(tx, {
      actor,
      action: 'schedule.update',
      target: { kind: 'schedule', id: '1', name: '' },
      outcome: 'DONE',
      detail: { from: settingsOf(before), to: settingsOf(changed) },
    });
    await publish(tx, { kind: 'NIGHTS_CHANGED', id: null });
    return settleNights(tx, server, now);
  });
  return viewOf(server, schedule, now);
}

/** Keeping fewer deletes backups, so it also takes `backup.delete`. Throws FORBIDDEN (audited). */
async function assertMayKeepLess(
  server: Server,
  caller: Caller,
  before: Schedule,
  after: Schedule,
): Promise<void> {
  if (keeps.some((name) => after[name] < before[name]))
    await requirePermit(server, caller, 'backup.delete');
}

async function owedFromNow(
  tx: VaultTransaction,
  server: Server,
  schedule: Schedule,
  now: Date,
): Promise<void> {
  const { localDate } = nextNight(now, nightTimeOf(schedule, defaultNightTime(server)));
  const moved = movedTo(localDate, {
    owedFrom: dateText(schedule.owedFrom),
    owedBefore: schedule.owedBefore && dateText(schedule.owedBefore),
  });
  await writeSchedule(tx, {
    owedFrom: new Date(moved.owedFrom),
    owedBefore: moved.owedBefore === null ? null : new Date(moved.owedBefore),
  });
}

function readInput(input: ScheduleInput) {
  const wrong: FieldError[] = [];
  const refuse = (field: string, fault: FieldFault) =>
    wrong.push({ path: `input.${field}`, ...fault });
  const { time, timeZone } = input;
  const zone = typeof timeZone === 'string' ? timeZoneNamed(timeZone) : timeZone;
  if (typeof time === 'string' && !isTimeOfDay(time)) refuse('time', { reason: 'timeOfDay' });
  if (typeof timeZone === 'string' && zone === null) refuse('timeZone', { reason: 'timeZone' });
  const { everyHours } = input;
  if (typeof everyHours === 'number' && !(HOURS as readonly number[]).includes(everyHours))
    refuse('everyHours', { reason: 'notOneOf', params: { words: HOURS.join(', ') } });
  wrong.push(...wrongNumbers(input, 'input'));
  if (wrong.length > 0) throw validationError(wrong);
  return {
    time,
    timeZone: zone,
    enabled: input.enabled ?? undefined,
    includeFiles: input.includeFiles ?? undefined,
    keepLast: input.keepLast ?? undefined,
    keepDaily: input.keepDaily ?? undefined,
    keepWeekly: input.keepWeekly ?? undefined,
    keepMonthly: input.keepMonthly ?? undefined,
    everyHours,
    keepHours: input.keepHours ?? undefined,
  } satisfies Prisma.ScheduleUpdateInput;
}

/** One error for each invalid retention number, with its field below `path`. Fields left out are valid. */
export function wrongNumbers(
  numbers: Pick<ScheduleInput, (typeof keeps)[number]>,
  path: string,
): FieldError[] {
  return keeps.flatMap((name) => {
    const least = name === 'keepLast' || name === 'keepHours' ? 1 : 0;
    const value = numbers[name] ?? least;
    if (Number.isInteger(value) && value >= least && value <= MOST_KEPT) return [];
    const params = { min: least, max: MOST_KEPT };
    return [{ path: `${path}.${name}`, reason: 'wholeNumber' as const, params }];
  });
}

/** The settings as the audit log records them. */
function settingsOf(schedule: Schedule): Prisma.InputJsonObject {
  const { enabled, time, timeZone, includeFiles } = schedule;
  const { keepLast, keepDaily, keepWeekly, keepMonthly, everyHours, keepHours } = schedule;
  return {
    enabled,
    time,
    timeZone,
    includeFiles,
    keepLast,
    keepDaily,
    keepWeekly,
    keepMonthly,
    everyHours,
    keepHours,
  };
}

async function viewOf(server: Server, schedule: Schedule, now: Date): Promise<ScheduleView> {
  const environment = defaultNightTime(server);
  const defaults = defaultsOf(schedule, environment);
  const when = nightTimeOf(schedule, environment);
  const taken = await takenDates(server.vault, now);
  const next = nextNight(now, when, (localDate) => taken.has(localDate));
  return {
    ...schedule,
    ...when,
    timeIsDefault: schedule.time === null,
    timeZoneIsDefault: schedule.timeZone === null,
    defaultTime: defaults.time,
    defaultTimeZone: defaults.timeZone,
    nextRun: schedule.enabled ? momentIn(next.localDate, next.at, when.timeZone) : null,
    nextBetween: nextBetween(schedule, when, now),
    lastRun: await lastNight(server.vault, now),
    updatedBy: authorInIfAny(schedule, 'updatedBy'),
  };
}

function nextBetween({ enabled, everyHours }: Schedule, when: NightTime, now: Date) {
  if (!enabled || everyHours === null) return null;
  const { at } = nextSlot(now, when, everyHours);
  return momentIn(localDateOf(at, when.timeZone), at, when.timeZone);
}

/** The moment with its local time in the zone. */
export function momentIn(localDate: string, at: Date, timeZone: string): NightMoment {
  return { at, localDate, local: localTextOf(at, timeZone), timeZone };
}
