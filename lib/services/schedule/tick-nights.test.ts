import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '#config';
import { saidIn } from '#testing/failures.ts';
import { changeSchedule, type NightLab, openNightLab } from '#testing/nights.ts';
import { cancelJob } from '../activity/cancel-job.ts';
import { localActor } from '../permit.ts';
import { openServer, type Server } from '../server.ts';
import type { ScheduleInput } from './schedule.ts';
import { tickNights } from './tick-nights.ts';

let lab: NightLab;

beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.forget());

const change = (now: string, input: ScheduleInput) => changeSchedule(lab, now, input);

const audited = (action: string) => lab.server.vault.auditEvent.findMany({ where: { action } });

describe('every night', () => {
  test('at 02:00 of the zone a backup is made, and none at once on a fresh server', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T04:59:59.999Z');
    expect(await lab.ledger()).toEqual([]);
    await lab.tick('2026-11-23T05:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
    await lab.tick('2026-11-23T05:00:15Z');
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    await lab.tick('2026-11-23T05:10:00Z');
    expect(await lab.queued()).toBe(0);
    await lab.tick('2026-11-24T05:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING']);
  });

  test('its backup is the server’s own, says its night, and is prepared and tested at once', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:07Z');
    await lab.makeBackup();
    const [backup] = await lab.server.vault.backup.findMany();
    expect(backup).toMatchObject({
      name: 'Automatic 2026-11-23 02:00',
      kind: 'AUTOMATIC',
      includesFiles: true,
      authorKind: 'SERVER',
      authorId: null,
      authorName: '',
      scheduledFor: new Date('2026-11-23T05:00:00.000Z'),
    });
    expect(await lab.night('2026-11-23')).toMatchObject({
      backupId: backup?.id,
      attempts: 1,
      error: null,
      late: false,
      scheduledFor: backup?.scheduledFor,
      timeZone: 'America/Sao_Paulo',
      time: '02:00',
    });
    expect(await lab.queued('PREPARE_ARCHIVE')).toBe(1);
    expect(await lab.queued('TEST_BACKUP')).toBe(1);
  });

  test.each([
    ['2026-03-29', '02:30', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25', '02:30', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25', '02:00', '2026-10-25T00:00:00.000Z'],
  ])('of the clock change of %s at %s in Berlin it is made once', async (date, time, at) => {
    const midnight = Date.parse(`${date}T00:00:00Z`);
    const hours = (count: number) => new Date(midnight + count * 3_600_000).toISOString();
    await change(hours(-12), { time, timeZone: 'Europe/Berlin' });
    for (let hour = -12; hour <= 20; hour += 0.25) await lab.tick(hours(hour));
    expect(await lab.ledger()).toEqual([`${date} RUNNING`]);
    expect((await lab.night(date)).scheduledFor.toISOString()).toBe(at);
    expect(await lab.queued()).toBe(1);
  });
});

describe('several workers', () => {
  let other: Server;
  beforeAll(async () => {
    other = await openServer(readConfig(lab.opened.env), { now: () => lab.server.now() });
  });
  afterAll(() => other.close());

  test('run one backup between them', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.at('2026-11-23T05:00:00Z');
    const servers = Array.from({ length: 12 }, (_, n) => (n % 2 ? other : lab.server));
    await Promise.all(servers.map(tickNights));
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
    expect(await lab.queued()).toBe(1);
  });

  test('write each missed night down once', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.at('2026-11-26T09:00:00Z');
    await Promise.all([lab.server, other, lab.server, other].map(tickNights));
    expect(await lab.ledger()).toEqual([
      ...['2026-11-23 MISSED', '2026-11-24 MISSED', '2026-11-25 MISSED'],
      '2026-11-26 RUNNING late',
    ]);
    expect(await lab.queued()).toBe(1);
    expect(await audited('night.miss')).toHaveLength(1);
  });

  test('that die between the night and its job leave neither, and another one runs it', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.at('2026-11-23T05:00:00Z');
    const holder = await lab.opened.database.connect();
    await holder.query('BEGIN; LOCK TABLE vault.job IN EXCLUSIVE MODE');
    const dying = tickNights(other).then(
      () => 'ticked',
      () => 'died',
    );
    // Not in the holder's transaction, which would see the same activity for ever.
    const blocked = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%INTO vault.job%'`;
    const { pool } = lab.server;
    await expect.poll(async () => (await pool.query(blocked)).rowCount).toBe(1);
    await pool.query(`SELECT pg_terminate_backend(pid) FROM (${blocked}) AS it`);
    expect(await dying).toBe('died');
    await holder.query('COMMIT');
    await holder.end();
    expect(await lab.ledger()).toEqual([]);
    await tickNights(lab.server);
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
    expect(await lab.queued()).toBe(1);
  });
});

describe('a server that was down', () => {
  test('catches the newest night up, once and late, and writes the older ones down as missed', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.makeBackup();
    await lab.tick('2026-11-27T13:30:00Z');
    const ledger = [
      ...['2026-11-23 SUCCEEDED', '2026-11-24 MISSED', '2026-11-25 MISSED', '2026-11-26 MISSED'],
    ];
    expect(await lab.ledger()).toEqual([...ledger, '2026-11-27 RUNNING late']);
    await lab.tick('2026-11-27T13:31:00Z');
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual([...ledger, '2026-11-27 SUCCEEDED late']);
    expect(await lab.queued()).toBe(0);
    const [told, ...more] = await audited('night.miss');
    expect(more).toEqual([]);
    expect(told?.detail).toEqual({ nights: ['2026-11-24', '2026-11-25', '2026-11-26'] });
  });

  test('is not late when it comes back within minutes', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:09:59Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
  });

  test('for years does not stall on the way back', async () => {
    await lab.tick('2022-11-22T15:00:00Z');
    await lab.tick('2026-11-27T13:30:00Z');
    const ledger = await lab.ledger();
    expect(ledger.at(-1)).toBe('2026-11-27 RUNNING late');
    expect(ledger.slice(0, -1).every((line) => line.endsWith('MISSED'))).toBe(true);
    expect(ledger.length).toBeGreaterThan(365);
    expect(await lab.queued()).toBe(1);
  });

  test('while a night waited does not try that one again after the next one', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T05:00:15Z');
    await lab.tick('2026-11-24T05:20:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 FAILED', '2026-11-24 RUNNING late']);
    expect(await lab.queued()).toBe(1);
  });
});

describe('a night that fails', () => {
  beforeEach(async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
  });

  const next = async () => (await lab.night('2026-11-23')).nextAttemptAt?.toISOString();

  test('is tried again after 5, 15 and 45 minutes, then reported once', async () => {
    await lab.failBackup();
    await lab.tick('2026-11-23T05:00:15Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 WAITING']);
    expect(await next()).toBe('2026-11-23T05:05:15.000Z');
    await lab.tick('2026-11-23T05:05:14Z');
    expect(await lab.queued()).toBe(0);
    await lab.tick('2026-11-23T05:05:15Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T05:06:00Z');
    expect(await next()).toBe('2026-11-23T05:21:00.000Z');
    await lab.tick('2026-11-23T05:21:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T05:22:00Z');
    expect(await next()).toBe('2026-11-23T06:07:00.000Z');
    expect(await audited('night.fail')).toEqual([]);
    await lab.tick('2026-11-23T06:07:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T06:08:00Z');
    expect(await lab.night('2026-11-23')).toMatchObject({
      status: 'FAILED',
      attempts: 4,
      error: { code: 'DISK_FULL' },
      nextAttemptAt: null,
      endedAt: new Date('2026-11-23T06:08:00Z'),
    });
    const { error } = await lab.night('2026-11-23');
    expect(saidIn(error).hint).toContain('Free some space');
    await lab.tick('2026-11-23T07:00:00Z');
    expect(await audited('night.fail')).toHaveLength(1);
    expect(await lab.queued()).toBe(0);
  });

  test('and then succeeds has its backup, under its own moment', async () => {
    await lab.failBackup();
    await lab.tick('2026-11-23T05:00:15Z');
    await lab.tick('2026-11-23T05:05:15Z');
    await lab.makeBackup();
    expect(await lab.night('2026-11-23')).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    const [backup] = await lab.server.vault.backup.findMany();
    expect(backup?.scheduledFor).toEqual(new Date('2026-11-23T05:00:00Z'));
  });

  test('because somebody cancelled it is tried again all the same', async () => {
    const { jobId } = await lab.night('2026-11-23');
    await cancelJob(lab.server, localActor('Ana'), jobId ?? '');
    await lab.tick('2026-11-23T05:01:00Z');
    expect(await lab.night('2026-11-23')).toMatchObject({
      status: 'WAITING',
      error: { code: 'CANCELLED' },
    });
    await lab.tick('2026-11-23T05:06:00Z');
    expect(await lab.queued()).toBe(1);
  });

  test('is not tried again past the next night', async () => {
    await change('2026-11-23T05:00:05Z', { time: '02:03' });
    await lab.failBackup();
    await lab.tick('2026-11-24T04:59:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 FAILED']);
    await lab.tick('2026-11-24T05:03:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 FAILED', '2026-11-24 RUNNING']);
  });

  test('is given up when the schedule is turned off', async () => {
    await lab.failBackup();
    await lab.tick('2026-11-23T05:00:15Z');
    await change('2026-11-23T05:01:00Z', { enabled: false });
    await lab.tick('2026-11-23T05:05:15Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 FAILED']);
    expect(await lab.queued()).toBe(0);
  });
});
