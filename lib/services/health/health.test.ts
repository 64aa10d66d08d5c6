import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import { catalogued } from '#testing/catalogue.ts';
import { failureRow } from '#testing/failures.ts';
import { type NightLab, openNightLab } from '#testing/nights.ts';
import { authorColumns } from '#vault/actor.ts';
import { localActor, permitInPerson, systemActor } from '../permit.ts';
import { updateSchedule } from '../schedule/schedule.ts';
import type { Server } from '../server.ts';
import { type HealthProblemCode, readHealth } from './health.ts';

const GB = 1024n ** 3n;
const HOUR_MS = 3_600_000;

let lab: NightLab;
let server: Server;
let free: bigint;
beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
  server = { ...lab.server, store: { ...lab.server.store, freeBytes: async () => free } };
});
afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(async () => {
  await lab.forget();
  await server.pool.query('TRUNCATE vault.storage_day');
  free = 500n * GB;
  // The first night that is owed is that of the 23rd, at 05:00 UTC.
  await lab.tick('2026-11-22T12:00:00Z');
});

const health = () => readHealth(server);

async function problems(): Promise<[HealthProblemCode, string][]> {
  return (await health()).problems.map(({ code, level }) => [code, level]);
}

/** A night with its backup, tested unless `row` says otherwise. */
async function goodNight(
  localDate: string,
  row: Partial<Prisma.BackupCreateInput> = {},
): Promise<Backup> {
  const at = new Date(`${localDate}T05:00:00Z`);
  await lab.tick(at.toISOString());
  const backup = await catalogued(server, {
    name: localDate,
    createdAt: at,
    scheduledFor: at,
    testedAt: at,
    restoreSeconds: 3,
    ...row,
  });
  await server.vault.night.updateMany({
    where: { localDate: new Date(localDate) },
    data: { status: 'SUCCEEDED', backupId: backup.id, endedAt: at },
  });
  await server.vault.job.deleteMany();
  return backup;
}

const failed = (at: string) => ({
  testFailedAt: new Date(at),
  testError: failureRow('TEST_FAILED'),
});

describe('health', () => {
  test('of a fresh server says that there is no backup, and when the first is due', async () => {
    expect(await health()).toMatchObject({
      level: 'WARNING',
      lastGood: null,
      lastTested: null,
      overdue: false,
      failed: false,
      nextRunAt: new Date('2026-11-23T05:00:00Z'),
    });
    expect(await problems()).toEqual([['NO_BACKUP', 'WARNING']]);
  });

  test('is well while the last night has its backup and that is tested', async () => {
    const backup = await goodNight('2026-11-23');
    await lab.at('2026-11-24T04:59:00Z');
    expect(await health()).toMatchObject({
      level: 'OK',
      problems: [],
      overdue: false,
      failed: false,
      lastGood: backup,
      lastTested: backup,
      lastAutomatic: backup,
      nextRunAt: new Date('2026-11-24T05:00:00Z'),
    });
  });

  test('a backup of a replaced network, or from elsewhere, is not the last good one', async () => {
    const backup = await goodNight('2026-11-23');
    const later = new Date('2026-11-23T09:00:00Z');
    await lab.at(later.toISOString());
    for (const kind of ['SAFETY', 'UPLOADED'])
      await catalogued(server, { kind, createdAt: later, testedAt: later });
    const manual = await catalogued(server, { kind: 'MANUAL', createdAt: later });
    expect(await health()).toMatchObject({ lastGood: manual, lastTested: backup });
  });

  test('a night that no worker began is overdue some hours after its moment', async () => {
    await goodNight('2026-11-23');
    await lab.at('2026-11-24T08:59:00Z');
    expect(await problems()).toEqual([]);
    await lab.at('2026-11-24T09:00:00Z');
    expect(await problems()).toEqual([['OVERDUE', 'ALARM']]);
    expect(await health()).toMatchObject({
      overdue: true,
      failed: false,
      level: 'ALARM',
      problems: [{ at: new Date('2026-11-24T05:00:00Z') }],
    });
    await goodNight('2026-11-24');
    await lab.at('2026-11-24T09:00:00Z');
    expect(await problems()).toEqual([]);
  });

  test('a night from before there was a server is never overdue', async () => {
    await lab.at('2026-11-23T04:00:00Z');
    expect(await problems()).toEqual([['NO_BACKUP', 'WARNING']]);
  });

  test('a night that failed is a warning while it is tried again, then an alarm, until one succeeds', async () => {
    await goodNight('2026-11-23');
    await lab.tick('2026-11-24T05:00:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-24T05:01:00Z');
    expect(await problems()).toEqual([['NIGHT_FAILED', 'WARNING']]);
    for (const [at, again] of [
      ['2026-11-24T05:06:00Z', '2026-11-24T05:07:00Z'],
      ['2026-11-24T05:22:00Z', '2026-11-24T05:23:00Z'],
      ['2026-11-24T06:08:00Z', '2026-11-24T06:09:00Z'],
    ] as const) {
      await lab.tick(at);
      await lab.failBackup();
      await lab.tick(again);
    }
    const standing = await health();
    expect(standing).toMatchObject({ level: 'ALARM', failed: true, overdue: false });
    expect(standing.problems).toMatchObject([
      {
        code: 'NIGHT_FAILED',
        summary: { reason: 'automaticBackupFailed', params: { date: '2026-11-24' } },
        error: { code: 'DISK_FULL' },
      },
    ]);
    await goodNight('2026-11-25');
    expect(await problems()).toEqual([]);
  });

  test('a backup that cannot be restored is an alarm until a newer one is tested, then a warning', async () => {
    const damaged = await goodNight('2026-11-23', failed('2026-11-23T06:00:00Z'));
    await lab.at('2026-11-23T07:00:00Z');
    const standing = await health();
    expect(standing).toMatchObject({ level: 'ALARM', failed: true, lastTested: null });
    expect(standing.problems).toMatchObject([
      { code: 'RESTORE_TEST_FAILED', backup: { id: damaged.id }, error: { code: 'TEST_FAILED' } },
    ]);
    await goodNight('2026-11-24');
    expect(await problems()).toEqual([['RESTORE_TEST_FAILED', 'WARNING']]);
    expect((await health()).failed).toBe(false);
    await server.vault.backup.delete({ where: { id: damaged.id } });
    expect(await problems()).toEqual([]);
  });

  test('an automatic backup without a restore test result for a day is a warning that says why', async () => {
    const backup = await goodNight('2026-11-23', { testedAt: null, restoreSeconds: null });
    await server.vault.job.create({
      data: {
        id: backup.id,
        kind: 'TEST_BACKUP',
        status: 'FAILED',
        endedAt: new Date(),
        ...authorColumns('requestedBy', systemActor),
        input: { backupId: backup.id, name: '', givenName: null },
        error: failureRow('DISK_FULL'),
      },
    });
    await lab.at('2026-11-24T04:59:00Z');
    expect(await problems()).toEqual([]);
    await lab.at(new Date(backup.createdAt.getTime() + 24 * HOUR_MS).toISOString());
    expect((await health()).problems).toMatchObject([
      {
        code: 'UNTESTED',
        level: 'WARNING',
        error: { code: 'DISK_FULL' },
        summary: { reason: 'automaticBackupUntested', params: { name: backup.name } },
      },
    ]);
  });

  test('a disk that fills up is a warning, and no space for the next backup an alarm', async () => {
    await goodNight('2026-11-23');
    free = GB / 2n;
    expect(await problems()).toEqual([['DISK_LOW', 'WARNING']]);
    free = 1_000_000n;
    expect(await problems()).toEqual([['DISK_FULL', 'ALARM']]);
  });

  test('a schedule that is off is a problem, and owes nothing', async () => {
    await goodNight('2026-11-23');
    const may = await permitInPerson(server, localActor('Ana'), 'backup.configure');
    await updateSchedule(server, may, { enabled: false });
    await lab.at('2026-11-30T12:00:00Z');
    expect(await problems()).toEqual([['SCHEDULE_OFF', 'WARNING']]);
    expect((await health()).nextRunAt).toBeNull();
  });

  test('a sweep that is stuck names the backup', async () => {
    await goodNight('2026-11-24');
    const damaged = await catalogued(server, {
      createdAt: new Date('2026-11-23T05:00:00Z'),
      ...failed('2026-11-24T06:00:00Z'),
    });
    await server.vault.job.create({
      data: {
        id: damaged.id,
        kind: 'SWEEP',
        status: 'FAILED',
        input: {},
        endedAt: new Date(),
        ...authorColumns('requestedBy', systemActor),
        error: {
          code: 'TEST_FAILED',
          reason: 'neededPartUnreadable',
          hint: null,
          params: { backupId: damaged.id, name: damaged.name, cause: { code: 'CHUNK_MISSING' } },
        },
        result: { unreadableBackupId: damaged.id },
      },
    });
    // Another one that was found damaged since is not the one that the sweep means.
    await catalogued(server, {
      createdAt: new Date('2026-11-22T05:00:00Z'),
      ...failed('2026-11-24T07:00:00Z'),
    });
    expect((await health()).problems).toMatchObject([
      { code: 'RESTORE_TEST_FAILED', level: 'WARNING' },
      { code: 'SWEEP_STUCK', level: 'WARNING', backup: { id: damaged.id } },
    ]);
  });
});
