import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeSchedule, type NightLab, openNightLab } from '#testing/nights.ts';
import { readHealth } from '../health/health.ts';
import { localActor, permit } from '../permit.ts';
import { findAutomaticBackup } from './automatic-backup.ts';
import { tickSlots } from './tick-slots.ts';

let lab: NightLab;

beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(async () => {
  await lab.forget();
  await lab.tick('2026-11-22T15:00:00Z');
  await lab.tick('2026-11-23T05:00:00Z');
  await lab.makeBackup();
  await changeSchedule(lab, '2026-11-23T06:00:00Z', { everyHours: 6 });
  await tickSlots(lab.server);
});

async function at(now: string) {
  await lab.at(now);
  await tickSlots(lab.server);
}

async function slots(): Promise<string[]> {
  const found = await lab.server.vault.night.findMany({
    where: { policy: 'intraday' },
    orderBy: { scheduledFor: 'asc' },
  });
  return found.map(
    ({ scheduledFor, status, late }) =>
      `${scheduledFor.toISOString().slice(5, 16)} ${status}${late ? ' late' : ''}`,
  );
}

describe('between nights', () => {
  test('a backup is made at its hour, once, whoever looks', async () => {
    await at('2026-11-23T10:59:59Z');
    expect(await slots()).toEqual([]);
    await lab.at('2026-11-23T11:00:00Z');
    await Promise.all(Array.from({ length: 5 }, () => tickSlots(lab.server)));
    expect(await lab.queued()).toBe(1);
    await lab.makeBackup();
    await at('2026-11-23T11:01:00Z');
    expect(await slots()).toEqual(['11-23T11:00 SUCCEEDED']);
    expect(await lab.queued()).toBe(0);
    const [newest] = await lab.server.vault.backup.findMany({ orderBy: { createdAt: 'desc' } });
    expect(newest).toMatchObject({ kind: 'INTRADAY', name: 'Automatic 2026-11-23 08:00' });
  });

  test('it is found by its instant, is not restore-tested, and is no night', async () => {
    const tests = await lab.queued('TEST_BACKUP');
    await at('2026-11-23T11:00:00Z');
    await lab.makeBackup();
    expect(await lab.queued('TEST_BACKUP')).toBe(tests);
    expect(await lab.ledger()).toEqual(['2026-11-23 SUCCEEDED']);
    const mayView = await permit(lab.server, localActor('Ana'), 'backup.view');
    const found = await findAutomaticBackup(lab.server, mayView, '2026-11-23T11:00:00Z');
    expect(found.kind).toBe('INTRADAY');
    const latest = await findAutomaticBackup(lab.server, mayView, 'latest');
    expect(latest.kind).toBe('AUTOMATIC');
  });

  test('hours that passed while no worker ran are made up for once', async () => {
    await at('2026-11-23T23:40:00Z');
    expect(await slots()).toEqual(['11-23T23:00 RUNNING late']);
  });

  test('an hour that is still being made is not joined by the next', async () => {
    await at('2026-11-23T11:00:00Z');
    await at('2026-11-23T17:00:00Z');
    expect(await slots()).toEqual(['11-23T11:00 RUNNING']);
    await lab.makeBackup();
    await at('2026-11-23T17:00:15Z');
    expect(await slots()).toEqual(['11-23T11:00 SUCCEEDED', '11-23T17:00 RUNNING']);
  });

  test('a failure is tried again, then shown until the next one succeeds', async () => {
    await at('2026-11-23T11:00:00Z');
    for (const next of ['11:00:15', '11:05:30', '11:05:45', '11:21:00', '11:21:15']) {
      if (await lab.queued()) await lab.failBackup();
      await at(`2026-11-23T${next}Z`);
    }
    expect(await slots()).toEqual(['11-23T11:00 FAILED']);
    expect(await troubles()).toContain('INTRADAY_FAILED');
    await at('2026-11-23T17:00:00Z');
    await lab.makeBackup();
    expect(await slots()).toEqual(['11-23T11:00 FAILED', '11-23T17:00 SUCCEEDED']);
    expect(await troubles()).not.toContain('INTRADAY_FAILED');
  });

  test('turning it on owes nothing from before, and off ends it', async () => {
    await changeSchedule(lab, '2026-11-23T12:00:00Z', { everyHours: 4 });
    await tickSlots(lab.server);
    expect(await slots()).toEqual([]);
    await changeSchedule(lab, '2026-11-23T12:30:00Z', { everyHours: null });
    await at('2026-11-23T18:00:00Z');
    expect(await slots()).toEqual([]);
  });

  test('what a clock that was ahead wrote does not stand in the way', async () => {
    await at('2026-11-27T11:00:00Z');
    await lab.makeBackup();
    await at('2026-11-23T11:00:00Z');
    expect(await slots()).toEqual(['11-23T11:00 RUNNING']);
  });

  test('hours that do not divide a day are refused', async () => {
    const wrong = changeSchedule(lab, '2026-11-23T12:00:00Z', { everyHours: 5 });
    await expect(wrong).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'input.everyHours', reason: 'notOneOf' }],
    });
  });
});

async function troubles(): Promise<string[]> {
  const { problems } = await readHealth(lab.server);
  return problems.map(({ code }) => code);
}
