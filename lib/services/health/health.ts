import type { Backup, Job, Night, Schedule } from '../../../generated/vault/client.ts';
import { type HealthRows, lastDrill, readHealthRows } from '../../vault/health-rows.ts';
import type { JobFailure } from '../../vault/job-claims.ts';
import { nextNight } from '../../vault/night-times.ts';
import { takenDates } from '../../vault/nights.ts';
import { nightTimeOf, readSchedule } from '../../vault/schedule.ts';
import { defaultNightTime } from '../nights/nightly.ts';
import { overdueNight } from '../nights/overdue.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { readStorage, type Storage } from './storage.ts';

const HOUR_MS = 60 * 60 * 1000;
/** A drill that could not be finished is tried again for so long before somebody has to look. */
const UNPROVEN_MS = 24 * HOUR_MS;

const levels = ['OK', 'WARNING', 'ALARM'] as const;
export type HealthLevel = (typeof levels)[number];

export type HealthProblemCode =
  | 'NO_BACKUP'
  | 'NIGHT_FAILED'
  | 'NIGHT_MISSED'
  | 'OVERDUE'
  | 'DRILL_FAILED'
  | 'UNPROVEN'
  | 'DISK_FULL'
  | 'DISK_LOW'
  | 'SWEEP_STUCK'
  | 'SCHEDULE_OFF';

export interface HealthProblem {
  readonly code: HealthProblemCode;
  readonly level: HealthLevel;
  readonly message: string;
  readonly hint: string;
  readonly at: Date | null;
  readonly backup: Backup | null;
  readonly error: JobFailure | null;
}

export interface Health {
  readonly level: HealthLevel;
  /** The worst first. */
  readonly problems: readonly HealthProblem[];
  readonly lastGood: Backup | null;
  readonly lastProven: Backup | null;
  readonly lastAutomatic: Backup | null;
  readonly nextRunAt: Date | null;
  readonly overdue: boolean;
  readonly failed: boolean;
  readonly storage: Storage;
}

/** How the backups stand. */
export function findHealth(server: Server, _permit: Permit<'backup.view'>): Promise<Health> {
  return readHealth(server);
}

/** `findHealth` for the server's own doing (health check, metrics): nobody's permit is asked. */
export async function readHealth(server: Server): Promise<Health> {
  const now = server.now();
  const defaults = defaultNightTime(server);
  const [schedule, rows, storage] = await Promise.all([
    readSchedule(server.vault, defaults, now),
    readHealthRows(server.vault),
    readStorage(server),
  ]);
  const overdue = await overdueNight(server, schedule, now);
  const found = [
    noBackup(rows),
    ...nightProblems(rows, overdue?.at ?? null, schedule),
    damagedBackup(rows),
    await unproven(server, rows, now),
    fullDisk(storage),
    stuckSweep(rows),
  ];
  const problems = found.filter((problem) => problem !== null);
  problems.sort((one, other) => levels.indexOf(other.level) - levels.indexOf(one.level));
  const { lastGood, lastProven, lastAutomatic } = rows;
  const alarming = (...codes: HealthProblemCode[]) =>
    problems.some(({ code, level }) => level === 'ALARM' && codes.includes(code));
  return {
    ...{ level: problems[0]?.level ?? 'OK', problems, lastGood, lastProven, lastAutomatic },
    ...{ nextRunAt: await nextRunAt(server, schedule, now), storage },
    overdue: problems.some(({ code }) => code === 'OVERDUE'),
    failed: alarming('NIGHT_FAILED', 'NIGHT_MISSED', 'DRILL_FAILED'),
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
  message: string,
  more: Partial<Pick<HealthProblem, 'hint' | 'at' | 'backup' | 'error'>>,
): HealthProblem {
  return { code, level, message, hint: '', at: null, backup: null, error: null, ...more };
}

function noBackup({ lastGood }: HealthRows): Found {
  if (lastGood) return null;
  return problem('NO_BACKUP', 'WARNING', 'There is no backup yet.', {
    hint: 'Make one, or wait for the first night.',
  });
}

function nightProblems(rows: HealthRows, overdue: Date | null, schedule: Schedule): Found[] {
  if (!schedule.enabled)
    return [
      problem('SCHEDULE_OFF', 'WARNING', 'Automatic backups are switched off.', {
        hint: 'Switch them on in the schedule.',
        at: schedule.updatedAt,
      }),
    ];
  const late = overdue
    ? problem(
        'OVERDUE',
        'ALARM',
        `The automatic backup of ${overdue.toISOString()} is not there.`,
        {
          hint: 'See that a worker runs, and look at its log.',
          at: overdue,
        },
      )
    : null;
  return [late, rows.night && endOfNight(rows.night)];
}

function endOfNight(night: Night): Found {
  const date = night.localDate.toISOString().slice(0, 10);
  const at = night.endedAt ?? night.scheduledFor;
  const error = night.errorCode
    ? {
        code: night.errorCode,
        message: night.errorMessage ?? '',
        hint: night.errorHint ?? '',
      }
    : null;
  const hint = error?.hint ?? '';
  if (night.status === 'FAILED')
    return problem('NIGHT_FAILED', 'ALARM', `The automatic backup of ${date} failed.`, {
      ...{ hint, at, error },
    });
  if (night.status === 'WAITING')
    return problem('NIGHT_FAILED', 'WARNING', `The automatic backup of ${date} is tried again.`, {
      ...{ hint, at, error },
    });
  if (night.status !== 'MISSED') return null;
  return problem('NIGHT_MISSED', 'ALARM', `There was no automatic backup on ${date}.`, {
    ...{ hint: 'See that the server runs at night.', at },
  });
}

function damagedBackup({ damaged, lastProven }: HealthRows): Found {
  if (!damaged) return null;
  const newer = lastProven !== null && lastProven.createdAt > damaged.createdAt;
  return problem('DRILL_FAILED', newer ? 'WARNING' : 'ALARM', damaged.drillMessage ?? '', {
    hint: damaged.drillHint ?? '',
    at: damaged.drillFailedAt,
    backup: damaged,
    error: {
      code: damaged.drillCode ?? '',
      message: damaged.drillMessage ?? '',
      hint: damaged.drillHint ?? '',
    },
  });
}

async function unproven(server: Server, { lastAutomatic }: HealthRows, now: Date): Promise<Found> {
  if (!lastAutomatic || lastAutomatic.provenAt || lastAutomatic.drillFailedAt) return null;
  if (lastAutomatic.createdAt.getTime() > now.getTime() - UNPROVEN_MS) return null;
  const drill = await lastDrill(server.vault, lastAutomatic.id);
  const message = `The automatic backup “${lastAutomatic.name}” is not proven yet.`;
  return problem('UNPROVEN', 'WARNING', message, {
    hint: drill?.errorHint ?? 'See that a worker runs, and look at its log.',
    at: lastAutomatic.createdAt,
    backup: lastAutomatic,
    error: drill && failureOf(drill),
  });
}

function failureOf({ errorCode, errorMessage, errorHint }: Job): JobFailure | null {
  if (errorCode === null) return null;
  return { code: errorCode, message: errorMessage ?? '', hint: errorHint ?? '' };
}

function fullDisk({ level, freeBytes, forecast, measuredAt }: Storage): Found {
  if (level === 'OK') return null;
  const free = `${Math.ceil(Number(freeBytes ?? 0n) / 1_000_000)} MB are free`;
  const hint = 'Free some space, delete backups you no longer need, or move DATA_DIR.';
  if (level === 'FULL')
    return problem('DISK_FULL', 'ALARM', `The next backup does not fit on the disk: ${free}.`, {
      ...{ hint, at: measuredAt },
    });
  const days = forecast.daysUntilFull;
  const ahead = days === null ? '' : `, which is enough for about ${Math.floor(days)} days`;
  return problem('DISK_LOW', 'WARNING', `The disk fills up: ${free}${ahead}.`, {
    ...{ hint, at: measuredAt },
  });
}

function stuckSweep({ sweep, unreadable }: HealthRows): Found {
  if (sweep?.status !== 'FAILED' || sweep.errorCode !== 'VERIFY_FAILED') return null;
  return problem('SWEEP_STUCK', 'WARNING', sweep.errorMessage ?? '', {
    hint: sweep.errorHint ?? '',
    at: sweep.endedAt,
    backup: unreadable,
    error: failureOf(sweep),
  });
}
