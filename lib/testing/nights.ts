import { FiberkeepError } from '#errors';
import type { Job, Night } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { claimJob, commitJob, endStoppedJob } from '#jobs/queue.ts';
import { createBackupJob, runCreateBackup } from '#services/backups/create-backup.ts';
import { localActor, permitInPerson } from '#services/permit.ts';
import {
  type ScheduleInput,
  type ScheduleView,
  updateSchedule,
} from '#services/schedule/schedule.ts';
import { tickNights } from '#services/schedule/tick-nights.ts';
import type { Server } from '#services/server.ts';
import { openTestServer, type TestServer } from './server.ts';
import { testRun } from './worker.ts';

/** A server whose clock the test sets. */
export interface NightLab extends AsyncDisposable {
  readonly opened: TestServer;
  readonly server: Server;
  /** Only sets the clock. */
  at(now: string): Promise<void>;
  /** Sets the clock and looks for nights that are due, as the worker does every 15 seconds. */
  tick(now: string): Promise<void>;
  /** `YYYY-MM-DD STATUS` of every night, oldest first, with ` late` after late ones. */
  ledger(): Promise<string[]>;
  night(localDate: string): Promise<Night>;
  /** Makes the oldest backup that is queued, as a worker does. Throws where there is none. */
  makeBackup(): Promise<Job>;
  /** The same, with a full disk. */
  failBackup(): Promise<Job>;
  /** How many jobs of the kind are queued. */
  queued(kind?: string): Promise<number>;
  /** Deletes every night, backup and job, and the schedule. */
  forget(): Promise<void>;
}

/** Changes the schedule at a moment, as somebody who may. */
export async function changeSchedule(
  lab: NightLab,
  now: string,
  input: ScheduleInput,
): Promise<ScheduleView> {
  await lab.at(now);
  const mayConfigure = await permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
  return updateSchedule(lab.server, mayConfigure, input);
}

export async function openNightLab(env: Record<string, string> = {}): Promise<NightLab> {
  let clock = new Date();
  const opened = await openTestServer({ now: () => clock, env });
  const { server } = opened;
  const claim = async () => {
    const job = await claimJob(server.vault, ['CREATE_BACKUP'], 'a test');
    if (!job) throw new Error('No backup is asked for');
    return job;
  };
  const again = (id: string) => server.vault.job.findUniqueOrThrow({ where: { id } });
  const lab: NightLab = {
    opened,
    server,
    async at(now) {
      clock = new Date(now);
    },
    async tick(now) {
      clock = new Date(now);
      await tickNights(server);
    },
    async ledger() {
      const nights = await server.vault.night.findMany({
        where: { policy: 'nightly' },
        orderBy: { localDate: 'asc' },
      });
      return nights.map(
        ({ localDate, status, late }) =>
          `${localDate.toISOString().slice(0, 10)} ${status}${late ? ' late' : ''}`,
      );
    },
    night: (localDate) =>
      server.vault.night.findFirstOrThrow({ where: { localDate: new Date(localDate) } }),
    async makeBackup() {
      const job = await claim();
      const commit: JobRun['commit'] = (result, work) =>
        commitJob(server.vault, createBackupJob, job, result, work);
      await runCreateBackup(server, testRun(createBackupJob, job, { commit }));
      return again(job.id);
    },
    async failBackup() {
      const job = await claim();
      const stop = { reason: null, thrown: new FiberkeepError('DISK_FULL') };
      await endStoppedJob(server.vault, createBackupJob, job, stop);
      return again(job.id);
    },
    queued: (kind = 'CREATE_BACKUP') =>
      server.vault.job.count({ where: { kind, status: 'QUEUED' } }),
    async forget() {
      await server.pool.query(
        'TRUNCATE vault.night, vault.schedule, vault.job, vault.backup, vault.audit_event',
      );
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
  return lab;
}
