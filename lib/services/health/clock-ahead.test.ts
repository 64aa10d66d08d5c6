import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { catalogued } from '#testing/catalogue.ts';
import { type NightLab, openNightLab } from '#testing/nights.ts';
import { newestBackups } from '../backups/newest-rows.ts';
import { localActor, permit } from '../permit.ts';
import { lastTestedIds, newestAutomaticBackup } from '../restore-tests/restore-test-rows.ts';
import { findAutomaticBackup } from '../schedule/automatic-backup.ts';
import { previewRetention } from '../schedule/preview-retention.ts';
import { readHealth } from './health.ts';
import { readMetrics } from './metrics.ts';
import { housekeepStorage, measureStorage, readStorage, storageHistory } from './storage.ts';

const NOW = '2026-11-24T12:00:00Z';
const KEEP_ONE = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };

let lab: NightLab;
beforeAll(async () => {
  lab = await openNightLab({ TIME_ZONE: 'America/Sao_Paulo' });
});
afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(async () => {
  await lab.forget();
  await lab.server.pool.query('TRUNCATE vault.storage_day');
});

const mayView = () => permit(lab.server, localActor('Ana'), 'backup.view');
const made = async (at: string, row: Parameters<typeof catalogued>[1] = {}) => {
  const date = new Date(at);
  return catalogued(lab.server, { name: at, createdAt: date, scheduledFor: date, ...row });
};

/** A night of the 24th by the right clock, and three of a year later by the wrong one. */
async function liveWithBothClocks() {
  await lab.tick('2026-11-23T12:00:00Z');
  await lab.tick('2026-11-24T05:00:00Z');
  await lab.makeBackup();
  for (const day of [22, 23, 24]) {
    await lab.tick(`2027-11-${day}T05:00:00Z`);
    while ((await lab.queued()) > 0) await lab.makeBackup();
  }
  await lab.server.vault.backup.updateMany({
    data: { testedAt: new Date('2026-11-24T05:01:00Z'), restoreSeconds: 1 },
  });
  await lab.tick(NOW);
  const right = await lab.server.vault.backup.findFirstOrThrow({
    where: { createdAt: { lt: new Date(NOW) } },
  });
  expect(right.createdAt).toEqual(new Date('2026-11-24T05:00:00Z'));
  return right;
}

describe('after a clock that was a year ahead was set right', () => {
  test('the newest backup is the newest of those that are not dated ahead', async () => {
    const right = await liveWithBothClocks();
    expect(await readHealth(lab.server)).toMatchObject({
      lastGood: { id: right.id },
      lastTested: { id: right.id },
      lastAutomatic: { id: right.id },
    });
    const now = lab.server.now();
    expect(await newestAutomaticBackup(lab.server.vault, now)).toMatchObject({ id: right.id });
    expect(await lastTestedIds(lab.server.vault, now)).toEqual([right.id]);
    expect(await findAutomaticBackup(lab.server, await mayView(), 'latest')).toMatchObject({
      id: right.id,
    });
  });

  test('health says so, and names how many there are and the last date', async () => {
    await liveWithBothClocks();
    const { level, problems } = await readHealth(lab.server);
    expect(level).toBe('WARNING');
    expect(problems).toMatchObject([
      {
        code: 'CLOCK_WRONG',
        level: 'WARNING',
        summary: {
          reason: 'backupsDatedAhead',
          params: { count: 3, latestAt: '2027-11-24T05:00:00.000Z' },
        },
      },
    ]);
  });

  test('health is alarmed where no other backup counts, and does not say that there is none', async () => {
    await lab.tick(NOW);
    await made('2027-11-24T05:00:00Z');
    const { problems, lastGood } = await readHealth(lab.server);
    expect(problems.map(({ code, level }) => [code, level])).toEqual([['CLOCK_WRONG', 'ALARM']]);
    expect(lastGood).toBeNull();
  });

  test('a backup of a few minutes ahead, by another machine, is the newest', async () => {
    await lab.tick(NOW);
    await made('2026-11-24T11:00:00Z');
    const ahead = await made('2026-11-24T12:03:00Z');
    const { lastGood, problems } = await readHealth(lab.server);
    expect(lastGood?.id).toBe(ahead.id);
    expect(problems.map(({ code }) => code)).not.toContain('CLOCK_WRONG');
  });

  test('the metric of the age is of the newest backup that is not dated ahead', async () => {
    await liveWithBothClocks();
    const { text } = await readMetrics(lab.server);
    const at = Date.parse('2026-11-24T05:00:00Z') / 1000;
    expect(text).toContain(`fiberkeep_last_success_timestamp_seconds ${at}\n`);
    expect(text).toContain(`fiberkeep_last_automatic_success_timestamp_seconds ${at}\n`);
    expect(text).toContain(`fiberkeep_last_tested_timestamp_seconds ${at}\n`);
    expect(text).toContain('fiberkeep_problem{code="clock_wrong"} 1\n');
  });

  test('retention removes by the right clock, keeps what is dated ahead, and says so', async () => {
    const right = await liveWithBothClocks();
    const older = await made('2026-11-20T05:00:00Z');
    const { remove, keep } = await previewRetention(lab.server, await mayView(), KEEP_ONE);
    expect(remove).toEqual([older.id]);
    expect(keep.map(({ id, reasons }) => [id === right.id, reasons])).toEqual([
      ...Array.from({ length: 3 }, () => [false, ['AHEAD']]),
      [true, ['LAST_TESTED']],
    ]);
  });

  test('a preview never counts tonight’s backup, which does not exist yet', async () => {
    await lab.tick(NOW);
    const { remove, keep } = await previewRetention(lab.server, await mayView(), KEEP_ONE);
    expect([remove, keep]).toEqual([[], []]);
    // Of a night that was begun ahead of its time, as `nightly --now` does.
    const early = await made('2026-11-26T05:00:00Z', { createdAt: new Date(NOW) });
    await lab.server.vault.schedule.updateMany({ data: { enabled: false } });
    const preview = await previewRetention(lab.server, await mayView(), KEEP_ONE);
    expect([...preview.remove, ...preview.keep.map(({ id }) => id)]).toEqual([early.id]);
  });

  test('a new backup is matched against the newest that is not dated ahead, and at worst the others', async () => {
    const right = await liveWithBothClocks();
    const order = await newestBackups(lab.server.vault, {
      withFiles: false,
      most: 9,
      now: lab.server.now(),
    });
    expect(order.map(({ id }) => id).indexOf(right.id)).toBe(0);
    expect(order).toHaveLength(4);
  });

  test('space is measured by the right clock, and no day to come is shown', async () => {
    await lab.at('2027-11-24T12:00:00Z');
    await measureStorage(lab.server);
    await lab.tick(NOW);
    await made('2027-11-24T05:00:00Z');
    await housekeepStorage(lab.server);
    expect((await readStorage(lab.server)).measuredAt).toEqual(new Date(NOW));
    await lab.at('2026-11-24T12:01:00Z');
    await housekeepStorage(lab.server);
    expect((await readStorage(lab.server)).measuredAt).toEqual(new Date(NOW));
    const days = await storageHistory(lab.server, await mayView(), 30);
    expect(days.map(({ day }) => day)).toEqual(['2026-11-24']);
  });
});
