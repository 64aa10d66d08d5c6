import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeSchedule, type NightLab, openNightLab } from '#testing/nights.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { runNightNow } from './run-night-now.ts';
import type { ScheduleInput } from './schedule.ts';

let lab: NightLab;

beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.forget());

const change = (now: string, input: ScheduleInput) => changeSchedule(lab, now, input);

const audited = (action: string) => lab.server.vault.auditEvent.findMany({ where: { action } });

describe('a clock', () => {
  test('that goes back over the night runs it once', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.makeBackup();
    for (const now of ['03:30:00', '04:59:59', '05:00:00', '05:00:15'])
      await lab.tick(`2026-11-23T${now}Z`);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    expect(await lab.queued()).toBe(0);
  });

  test('that was a year ahead for a moment costs no night afterwards', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2027-11-22T15:00:00Z');
    await lab.makeBackup();
    expect((await lab.ledger()).length).toBe(365);
    await lab.tick('2026-11-22T15:01:00Z');
    expect(await lab.ledger()).toEqual([]);
    await lab.tick('2026-11-23T05:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
  });

  async function liveADayAhead() {
    await lab.tick('2026-11-23T15:00:00Z');
    await lab.tick('2026-11-24T05:00:00Z');
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(['2026-11-24 SUCCEEDED']);
  }

  test('that was a day ahead does not take the place of the night that comes', async () => {
    await liveADayAhead();
    await lab.tick('2026-11-23T10:00:00Z');
    expect(await lab.ledger()).toEqual([]);
    const from = Date.parse('2026-11-23T10:00:00Z');
    for (let hour = 0; hour < 19; hour++)
      await lab.tick(new Date(from + hour * 3_600_000).toISOString());
    expect(await lab.ledger()).toEqual([]);
    await lab.tick('2026-11-24T05:00:00Z');
    await lab.tick('2026-11-24T05:00:15Z');
    expect(await lab.ledger()).toEqual(['2026-11-24 RUNNING']);
    expect(await lab.queued()).toBe(1);
  });

  test('that goes back a day and returns at once repeats no night', async () => {
    await liveADayAhead();
    await lab.tick('2026-11-24T12:00:00Z');
    await lab.tick('2026-11-23T12:00:00Z');
    await lab.tick('2026-11-23T12:05:00Z');
    await lab.tick('2026-11-24T12:06:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-24 SUCCEEDED']);
    expect(await lab.queued()).toBe(0);
  });

  test('that was right leaves a night that was run the morning before as it is', async () => {
    await lab.tick('2026-11-23T06:00:00Z');
    await runNightNow(
      lab.server,
      await permitInPerson(lab.server, localActor('Ana'), 'backup.create'),
    );
    await lab.makeBackup();
    for (const now of ['23T06:01:00', '23T05:50:00', '24T04:00:00', '24T05:00:00'])
      await lab.tick(`2026-11-${now}Z`);
    expect(await lab.ledger()).toEqual(['2026-11-24 SUCCEEDED']);
  });

  test('that was a year ahead at the first start owes the nights to come all the same', async () => {
    await lab.tick('2027-11-22T15:00:00Z');
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
  });

  test('that goes back does not keep a night waiting', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.failBackup();
    await lab.tick('2026-11-23T05:00:15Z');
    await lab.tick('2026-11-22T20:00:00Z');
    expect(await lab.ledger()).toEqual(['2026-11-23 RUNNING']);
  });

  const kept = ['2026-11-23 SUCCEEDED', '2026-11-24 MISSED', '2026-11-25 SUCCEEDED late'];

  async function liveThreeNights() {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2026-11-23T05:00:00Z');
    await lab.makeBackup();
    await lab.tick('2026-11-25T12:00:00Z');
    await lab.makeBackup();
    expect(await lab.ledger()).toEqual(kept);
  }

  test('that was years behind until it was set leaves the ledger as it was, and nothing was missed', async () => {
    await liveThreeNights();
    const before = await lab.server.vault.night.findMany({ orderBy: { localDate: 'asc' } });
    await lab.tick('1970-01-01T00:00:09Z');
    await lab.tick('1970-01-01T00:04:00Z');
    await lab.tick('2026-11-25T20:00:00Z');
    expect(await lab.server.vault.night.findMany({ orderBy: { localDate: 'asc' } })).toEqual(
      before,
    );
    expect(await lab.queued()).toBe(0);
    await lab.tick('2026-11-26T05:00:00Z');
    expect(await lab.ledger()).toEqual([...kept, '2026-11-26 RUNNING']);
  });

  test('that was years behind before the first night owes nothing from before the server', async () => {
    await lab.tick('2026-11-22T15:00:00Z');
    await lab.tick('2024-01-01T00:00:09Z');
    await lab.tick('2026-11-25T12:00:00Z');
    expect(await lab.ledger()).toEqual([
      ...['2026-11-23 MISSED', '2026-11-24 MISSED', '2026-11-25 RUNNING late'],
    ]);
  });

  test('that is years behind for days has its nights by it, and the others back afterwards', async () => {
    await liveThreeNights();
    for (const day of ['01', '02', '03']) {
      await lab.tick(`2024-01-${day}T05:00:00Z`);
      while ((await lab.queued()) > 0) await lab.makeBackup();
      expect(await lab.ledger()).not.toContain(kept[0]);
    }
    const behind = ['2024-01-02 SUCCEEDED', '2024-01-03 SUCCEEDED'];
    expect(await lab.ledger()).toEqual(behind);
    await lab.tick('2026-11-28T12:00:00Z');
    expect(await lab.ledger()).toEqual([
      ...behind,
      ...kept,
      ...['2026-11-26 MISSED', '2026-11-27 MISSED', '2026-11-28 RUNNING late'],
    ]);
    const told = (await audited('night.miss')).map(({ detail }) => detail);
    expect(told).toEqual([{ nights: ['2026-11-24'] }, { nights: ['2026-11-26', '2026-11-27'] }]);
  });

  test('that was behind while the schedule was turned off and on owes nothing from before', async () => {
    await change('2026-11-22T15:00:00Z', { enabled: false });
    await change('2024-01-01T00:00:09Z', { enabled: true });
    await lab.tick('2026-11-25T12:00:00Z');
    expect((await lab.ledger()).length).toBeLessThanOrEqual(3);
  });
});
