import type { Command } from 'commander';
import { storedFailure } from '#errors';
import type { Backup, Night } from '#generated/vault/client.ts';
import { findJob } from '#services/activity/job-queries.ts';
import { findBackup } from '#services/backups/backup-queries.ts';
import { findNight, listNights, localDateText } from '#services/schedule/night-queries.ts';
import { runNightNow, type Tonight } from '#services/schedule/run-night-now.ts';
import { findSchedule, type ScheduleView } from '#services/schedule/schedule.ts';
import { inLedger, settleNights } from '#services/schedule/tick-nights.ts';
import { addCommand, type Context } from './command.ts';
import { formatTable, formatTime } from './format.ts';
import type { Session } from './session.ts';
import { backupView, failureView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

const HEAD = ['Night', 'Status', 'Scheduled for', 'Backup'];
const SHOWN = 14;

export function addNightly(program: Command): void {
  addCommand<{ now?: boolean }>(
    program,
    'nightly',
    'show the next automatic backup and the results of the last nights',
    (command) => command.option('--now', 'make tonight’s backup now'),
    (context, _args, { now }) => (now ? runNow(context) : show(context)),
  );
}

async function runNow({ session, out }: Context): Promise<void> {
  const asked = await runNightNow(session.server, await session.permit('backup.create'));
  await settled(session, asked, out.json);
  const mayView = await session.permit('backup.view');
  const night = await findNight(session.server, mayView, asked.night.id);
  const backup = await backupOf(session, night);
  const job = await findJob(session.server, session.actor, night.jobId ?? '');
  out.answer(
    {
      outcome: asked.outcome,
      night: nightView(night),
      job: job && jobView(job),
      backup: backup && backupView(backup),
    },
    [lineOf(asked, night, backup, session.timeZone)],
  );
}

/** Waits for the night's job. Notes a failure in the ledger, because no worker may be running to do so. */
async function settled(session: Session, { night, outcome }: Tonight, quiet: boolean) {
  if (outcome === 'RAN_ALREADY') return;
  const { server } = session;
  const job = await findJob(server, session.actor, night.jobId ?? '');
  if (!job) return;
  try {
    await waitForJob(session, job, quiet);
  } catch (thrown) {
    await inLedger(server, (tx) => settleNights(tx, server, server.now()));
    throw thrown;
  }
}

function lineOf(
  { outcome }: Tonight,
  night: Night,
  backup: Backup | null,
  timeZone: string,
): string {
  const of = `the night of ${localDateText(night)} (${formatTime(night.scheduledFor, timeZone)})`;
  const id = backup ? `: backup ${backup.id}` : '; its backup has been removed since';
  return outcome === 'RAN_ALREADY'
    ? `Nothing to do: ${of} already ran${id}.`
    : `Done: ${of} has its backup and will not run again${id}.`;
}

async function show({ session, out }: Context): Promise<void> {
  const permit = await session.permit('backup.view');
  const schedule = await findSchedule(session.server, permit);
  const { items } = await listNights(session.server, permit, { first: SHOWN });
  const rows = items.map((night) => [
    localDateText(night),
    `${night.status}${night.late ? ', late' : ''}`,
    formatTime(night.scheduledFor, session.timeZone),
    night.removedAt ? 'removed' : (night.backupId ?? storedFailure(night.error)?.code ?? '–'),
  ]);
  out.answer({ schedule: scheduleView(schedule), nights: items.map(nightView) }, [
    nextLine(schedule),
    ...(rows.length > 0 ? formatTable(HEAD, rows) : ['No night has passed yet.']),
  ]);
}

function nextLine({ nextRun, time, timeZone }: ScheduleView): string {
  if (!nextRun) return 'Automatic backups are off.';
  return `Every day at ${time} in ${timeZone}. Next: ${formatTime(nextRun.at, timeZone)} (${nextRun.at.toISOString()}).`;
}

function scheduleView({ lastRun, ...schedule }: ScheduleView) {
  const { enabled, time, timeZone, includeFiles, nextRun } = schedule;
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
    nextRun,
    nextBetween: schedule.nextBetween,
    lastRun: lastRun && nightView(lastRun),
  };
}

function nightView(night: Night) {
  const { id, scheduledFor, time, timeZone, status, late, attempts, backupId, jobId } = night;
  return {
    id,
    localDate: localDateText(night),
    scheduledFor,
    time,
    timeZone,
    status,
    late,
    attempts,
    nextAttemptAt: night.nextAttemptAt,
    backupId,
    jobId,
    error: failureView(night.error),
    removedAt: night.removedAt,
  };
}

async function backupOf(session: Session, { backupId }: Night): Promise<Backup | null> {
  if (backupId === null) return null;
  return findBackup(session.server, await session.permit('backup.view'), backupId);
}
