import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '#config';
import { type NightLab, openNightLab } from '#testing/nights.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { openServer } from '../server.ts';
import { runNightNow } from './run-night-now.ts';
import { findSchedule, type ScheduleInput, updateSchedule } from './schedule.ts';
import { tickNights } from './tick-nights.ts';

let lab: NightLab;

beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'Etc/UTC', BACKUP_TIME: '02:00' });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.forget());

const ana = localActor('Ana');

async function change(now: string, input: ScheduleInput) {
  await lab.at(now);
  return updateSchedule(
    lab.server,
    await permitInPerson(lab.server, ana, 'backup.configure'),
    input,
  );
}

async function read(now: string) {
  await lab.at(now);
  return findSchedule(lab.server, await permitInPerson(lab.server, ana, 'backup.view'));
}

/** Runs every night from `from` on, an hour a step, its backups included. */
async function live(from: string, hours: number) {
  for (let hour = 0; hour <= hours; hour++) {
    await lab.tick(new Date(Date.parse(from) + hour * 3_600_000).toISOString());
    while ((await lab.queued()) > 0) await lab.makeBackup();
  }
}

describe('the schedule', () => {
  test('is on, at 02:00 of TIME_ZONE, until somebody changes it', async () => {
    expect(await read('2026-11-23T12:00:00Z')).toMatchObject({
      enabled: true,
      time: '02:00',
      timeZone: 'Etc/UTC',
      includeFiles: true,
      timeIsDefault: true,
      timeZoneIsDefault: true,
      updatedBy: null,
      lastRun: null,
      nextRun: {
        at: new Date('2026-11-24T02:00:00Z'),
        localDate: '2026-11-24',
        local: '2026-11-24T02:00:00+00:00',
        timeZone: 'Etc/UTC',
      },
    });
  });

  test('shows the next and the last night in its zone and in UTC', async () => {
    await change('2026-11-22T12:00:00Z', { timeZone: 'america/sao_paulo' });
    await lab.tick('2026-11-23T05:00:00Z');
    const { nextRun, lastRun, timeZone, updatedBy } = await read('2026-11-23T05:00:01Z');
    expect(timeZone).toBe('America/Sao_Paulo');
    expect(nextRun).toMatchObject({
      at: new Date('2026-11-24T05:00:00Z'),
      local: '2026-11-24T02:00:00-03:00',
    });
    expect(lastRun).toMatchObject({ status: 'RUNNING' });
    expect(updatedBy).toEqual({ kind: 'COMMAND_LINE', id: null, name: 'Ana' });
  });

  test('names each wrong field and changes nothing', async () => {
    const wrong = { time: '24:00', timeZone: 'Mars/Olympus', keepLast: 0, keepDaily: -1 };
    await expect(
      change('2026-11-23T12:00:00Z', { ...wrong, enabled: false }),
    ).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: ['time', 'timeZone', 'keepLast', 'keepDaily'].map((field) =>
        expect.objectContaining({ path: `input.${field}` }),
      ),
    });
    expect(await read('2026-11-23T12:00:00Z')).toMatchObject({ enabled: true, keepLast: 7 });
  });

  test('keeps what is left out, and takes the server’s own back by null', async () => {
    await change('2026-11-23T12:00:00Z', { time: '03:30', keepMonthly: 6 });
    const changed = await change('2026-11-23T12:01:00Z', { includeFiles: false });
    expect(changed).toMatchObject({ time: '03:30', keepMonthly: 6, includeFiles: false });
    const back = await change('2026-11-23T12:02:00Z', { time: null });
    expect(back).toMatchObject({ time: '02:00', timeIsDefault: true, includeFiles: false });
    const audit = { action: 'schedule.update', actorName: 'Ana' };
    expect(await lab.server.vault.auditEvent.count({ where: audit })).toBe(3);
  });

  test('leaves the files out of the nights that it says so for', async () => {
    await change('2026-11-22T12:00:00Z', { includeFiles: false });
    await live('2026-11-23T02:00:00Z', 0);
    expect(await lab.server.vault.backup.findMany()).toMatchObject([{ includesFiles: false }]);
  });

  test('turned off makes none, and owes none for that time when it is turned on again', async () => {
    await live('2026-11-22T12:00:00Z', 24);
    await change('2026-11-23T13:00:00Z', { enabled: false });
    expect((await read('2026-11-23T13:00:00Z')).nextRun).toBe(null);
    await live('2026-11-23T14:00:00Z', 60);
    await change('2026-11-26T03:00:00Z', { enabled: true });
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    await live('2026-11-26T04:00:00Z', 24);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-27 SUCCEEDED']);
  });
});

describe('a change of the time', () => {
  beforeEach(() => live('2026-11-22T12:00:00Z', 24)); // the 23rd has run at 02:00

  test('to later the same day does not run the day twice', async () => {
    const { nextRun } = await change('2026-11-23T13:00:00Z', { time: '22:00' });
    expect(nextRun?.at.toISOString()).toBe('2026-11-24T22:00:00.000Z');
    await live('2026-11-23T13:00:00Z', 48);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 SUCCEEDED']);
  });

  test('to a time that is over, before the day has run, runs it at once', async () => {
    await live('2026-11-23T13:00:00Z', 11);
    await change('2026-11-24T01:00:00Z', { time: '00:30' });
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING late']);
    expect((await lab.night('2026-11-24')).scheduledFor.toISOString()).toBe(
      '2026-11-24T00:30:00.000Z',
    );
    await live('2026-11-24T01:30:00Z', 24);
    expect(await lab.ledger()).toEqual([
      ...['2026-11-23 SUCCEEDED', '2026-11-24 SUCCEEDED late', '2026-11-25 SUCCEEDED'],
    ]);
  });

  test('made while the night is due but not begun runs it once', async () => {
    await change('2026-11-24T02:00:05Z', { time: '04:00' });
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING']);
    await live('2026-11-24T02:01:00Z', 23);
    expect(await lab.ledger()).toHaveLength(2);
  });

  test('in the environment counts like one on the page', async () => {
    const env = { ...lab.opened.env, BACKUP_TIME: '00:30' };
    const server = await openServer(readConfig(env), { now: () => lab.server.now() });
    await lab.at('2026-11-24T01:00:00Z');
    await tickNights(server);
    await server.close();
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING late']);
  });
});

test('a command that is given another environment keeps to the server’s', async () => {
  await lab.tick('2026-11-22T12:00:00Z');
  const env = { ...lab.opened.env, TIME_ZONE: 'Asia/Tokyo', BACKUP_TIME: '23:00' };
  const other = await openServer(readConfig(env), { now: () => lab.server.now() });
  const schedule = await findSchedule(other, await permitInPerson(other, ana, 'backup.view'));
  expect(schedule).toMatchObject({ time: '02:00', timeZone: 'Etc/UTC', timeIsDefault: true });
  const { night } = await runNightNow(other, await permitInPerson(other, ana, 'backup.create'));
  expect(night.scheduledFor.toISOString()).toBe('2026-11-23T02:00:00.000Z');
  await other.close();
  await lab.tick('2026-11-23T02:00:00Z');
  expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
});

test('on the first day runs the first night at the time that it says, before the first midnight', async () => {
  await lab.tick('2026-11-22T12:00:00Z');
  await change('2026-11-22T12:01:00Z', { time: '12:05' });
  await lab.tick('2026-11-22T12:05:00Z');
  expect(await lab.ledger()).toEqual(['2026-11-22 RUNNING']);
});

describe('a change of the zone', () => {
  const dates = async () => (await lab.ledger()).map((line) => line.slice(0, 10));

  test('westward over the date line repeats a date, which does not run again', async () => {
    await change('2026-11-22T12:00:00Z', { timeZone: 'Pacific/Auckland' });
    await live('2026-11-22T12:00:00Z', 26); // to 03:00 of the 24th in Auckland
    expect(await dates()).toEqual(['2026-11-23', '2026-11-24']);
    const { nextRun } = await change('2026-11-23T15:00:00Z', { timeZone: 'America/Los_Angeles' });
    expect(nextRun?.localDate).toBe('2026-11-25');
    await live('2026-11-23T15:00:00Z', 48);
    expect(await dates()).toEqual(['2026-11-23', '2026-11-24', '2026-11-25']);
    expect(await lab.server.vault.backup.count()).toBe(3);
  });

  test('eastward over the date line leaves no date out', async () => {
    await change('2026-11-22T11:00:00Z', { timeZone: 'America/Los_Angeles' });
    await live('2026-11-22T12:00:00Z', 24); // the 23rd has run, at 10:00 in UTC
    expect(await dates()).toEqual(['2026-11-23']);
    await change('2026-11-23T14:00:00Z', { timeZone: 'Pacific/Auckland' });
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED', '2026-11-24 RUNNING late']);
    await live('2026-11-23T14:15:00Z', 48);
    expect(await dates()).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26']);
  });

  test('by more than a day makes the backup of each date that it jumps over', async () => {
    await change('2026-11-22T14:30:00Z', { timeZone: 'Etc/GMT+12' });
    await live('2026-11-22T14:30:00Z', 22); // to 00:30 of the 23rd there
    expect(await dates()).toEqual([]);
    await live('2026-11-23T13:30:00Z', 0); // 01:30
    await change('2026-11-23T13:45:00Z', { timeZone: 'Etc/GMT-14' }); // 03:45 of the 24th
    await live('2026-11-23T13:46:00Z', 0);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED late', '2026-11-24 SUCCEEDED late']);
    expect(await lab.server.vault.backup.count()).toBe(2);
  });

  test('to and fro, at any hour, leaves no date without its night and none with two', async () => {
    const zones = ['Pacific/Kiritimati', 'Etc/GMT+12', 'America/Sao_Paulo', 'Asia/Kathmandu'];
    await lab.tick('2026-11-01T12:00:00Z');
    let hour = 0;
    for (let step = 0; step < 24; step++) {
      const now = new Date(Date.parse('2026-11-01T12:00:00Z') + hour * 3_600_000).toISOString();
      await change(now, {
        timeZone: zones[step % zones.length],
        time: `${String((step * 5) % 24).padStart(2, '0')}:00`,
      });
      await live(now, 17);
      hour += 17;
    }
    const ran = await dates();
    const first = Date.parse(`${ran[0]}T00:00:00Z`);
    const inARow = ran.map((_, n) => new Date(first + n * 86_400_000).toISOString().slice(0, 10));
    expect(ran).toEqual(inARow);
    expect(ran.length).toBeGreaterThan(14);
    expect((await lab.ledger()).every((line) => line.includes('SUCCEEDED'))).toBe(true);
    expect(await lab.server.vault.backup.count()).toBe(ran.length);
  });
});

describe('tonight’s, asked for now', () => {
  const now = async (at: string) => {
    await lab.at(at);
    return runNightNow(lab.server, await permitInPerson(lab.server, ana, 'backup.create'));
  };

  test('is the next night as if its time had come, which then does not run again', async () => {
    await lab.tick('2026-11-22T12:00:00Z');
    const { night, outcome } = await now('2026-11-22T15:00:00Z');
    expect(outcome).toBe('BEGUN');
    expect(night.scheduledFor.toISOString()).toBe('2026-11-23T02:00:00.000Z');
    expect((await now('2026-11-22T15:00:01Z')).outcome).toBe('RUNNING');
    await lab.makeBackup();
    expect(await now('2026-11-22T15:01:00Z')).toMatchObject({
      outcome: 'RAN_ALREADY',
      night: { id: night.id },
    });
    await live('2026-11-22T16:00:00Z', 24);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    expect((await now('2026-11-23T16:00:00Z')).night.localDate).toEqual(new Date('2026-11-24'));
  });

  test('is the night that failed, as long as it has no backup', async () => {
    await lab.tick('2026-11-22T12:00:00Z');
    await lab.tick('2026-11-23T02:00:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T02:00:15Z');
    expect(await now('2026-11-23T02:01:00Z')).toMatchObject({ outcome: 'BEGUN' });
    await lab.makeBackup();
    await lab.tick('2026-11-23T02:05:15Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    expect(await lab.queued()).toBe(0);
  });

  test('is the night that was given up, and its success is told as a recovery', async () => {
    const { vault } = lab.server;
    const mail = {
      mailHost: 'mail.example.net',
      mailPort: 25,
      mailSecurity: 'NONE',
      locale: 'en',
      mailFrom: 'fiberkeep@example.net',
      mailTo: ['ana@example.net'],
    };
    const events = ['NIGHT_FAILED', 'RECOVERED'];
    await vault.notificationSettings.create({ data: { ...mail, events } });
    await lab.tick('2026-11-22T12:00:00Z');
    for (const at of ['02:00:00', '02:05:00', '02:20:00', '03:05:00']) {
      await lab.tick(`2026-11-23T${at}Z`);
      await lab.failBackup();
      await lab.tick(`2026-11-23T${at}Z`);
    }
    expect(await lab.ledger()).toEqual(['2026-11-23 FAILED']);
    expect(await now('2026-11-23T09:00:00Z')).toMatchObject({ outcome: 'BEGUN' });
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    const told = await vault.notification.findMany({ orderBy: { createdAt: 'asc' } });
    expect(told.map(({ event }) => event)).toEqual(events);
  });

  test('is the night that the server was down for, and begins it once', async () => {
    await lab.tick('2026-11-22T12:00:00Z');
    expect(await now('2026-11-24T09:00:00Z')).toMatchObject({ outcome: 'RUNNING' });
    expect(await lab.ledger()).toEqual(['2026-11-23 MISSED', '2026-11-24 RUNNING late']);
    expect(await lab.queued()).toBe(1);
  });

  test('runs also while the schedule is off', async () => {
    await change('2026-11-22T12:00:00Z', { enabled: false });
    expect((await now('2026-11-22T15:00:00Z')).outcome).toBe('BEGUN');
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
  });
});
