import { describe, expect, test } from 'vitest';
import { forecast, levelOf } from './space-forecast.ts';

const GB = 1024n ** 3n;
const NOW = new Date('2026-11-23T12:00:00Z');
const RESERVE_BYTES = 64 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What was measured on the last days, in GB; the last one is today. */
function measured(...gigabytes: number[]) {
  return gigabytes.map((size, n) => ({
    day: new Date(NOW.getTime() - (gigabytes.length - 1 - n) * DAY_MS),
    measuredAt: NOW,
    freeBytes: null,
    totalBytes: null,
    level: 'OK',
    backupBytes: BigInt(Math.round(size * Number(GB))),
    postFileBytes: 3n * GB,
    databaseBytes: 2n * GB,
  }));
}

/** What the last backups added, in GB, one a day, the newest first. */
function added(...gigabytes: number[]) {
  return gigabytes.map((size, n) => ({
    createdAt: new Date(NOW.getTime() - n * DAY_MS),
    storedSize: BigInt(Math.round(size * Number(GB))),
  }));
}

const nothing = { days: [], additions: [] };
const of = (history: Partial<Parameters<typeof forecast>[0]>, free: bigint | null) =>
  forecast({ ...nothing, ...history }, { freeBytes: free, reserveBytes: RESERVE_BYTES }, NOW);

describe('the forecast', () => {
  test('is the free space over the growth of the days before', () => {
    const ahead = of({ days: measured(10, 11, 12, 13, 14) }, 60n * GB);
    expect(ahead.bytesPerDay).toBe(GB);
    expect(ahead.daysUntilFull).toBeCloseTo(60);
  });

  test('is not distorted by one night with many files', () => {
    const calm = of({ days: measured(10, 10, 10, 10, 10, 10, 10, 10, 10, 11) }, 60n * GB);
    expect(Number(calm.bytesPerDay)).toBeLessThan(Number(GB) / 10);
  });

  test.each([
    ['that shrinks', measured(14, 12, 10)],
    ['that stays as it is', measured(9, 9, 9)],
  ])('of a store %s says that the disk does not fill', (_what, days) => {
    expect(of({ days }, GB).daysUntilFull).toBeNull();
  });

  test('goes by what backups added while too few days were measured', () => {
    const ahead = of({ days: measured(10, 90), additions: added(3, 3, 3, 3) }, 30n * GB);
    expect(ahead.bytesPerDay).toBe(4n * GB);
    const oneDay = of({ days: measured(10, 90), additions: added(3, 3) }, 30n * GB);
    expect(oneDay).toMatchObject({ bytesPerDay: null, daysUntilFull: null });
    expect(of({}, GB)).toMatchObject({ bytesPerDay: null, daysUntilFull: null });
  });

  test('takes twice the usual addition for the next backup, whatever the largest was', () => {
    const ahead = of({ additions: added(1, 50, 1, 2, 1) }, 3n * GB);
    expect(ahead).toMatchObject({ nextBackupBytes: 2n * GB, nextBackupFits: true });
    const least = 2n * GB + BigInt(RESERVE_BYTES);
    expect(of({ additions: added(1) }, least).nextBackupFits).toBe(true);
    expect(of({ additions: added(1) }, least - 1n).nextBackupFits).toBe(false);
  });

  test('if free space is unknown, everything fits', () => {
    const ahead = of({ days: measured(1, 2, 3), additions: added(9) }, null);
    expect(ahead).toMatchObject({ daysUntilFull: null, nextBackupFits: true });
    expect(levelOf(ahead, null)).toBe('OK');
  });
});

describe('the level', () => {
  test.each([
    ['OK', { days: measured(10, 11, 12), additions: added(1) }, 60n * GB],
    ['LOW', { days: measured(10, 11, 12), additions: added(1) }, 13n * GB],
    ['LOW', { additions: added(0.001) }, GB - 1n],
    ['LOW', { days: measured(10, 10, 10), additions: added(3) }, 59n * GB],
    ['OK', { days: measured(10, 10, 10), additions: added(3) }, 61n * GB],
    ['FULL', { additions: added(1) }, 2n * GB],
    ['FULL', {}, BigInt(RESERVE_BYTES) - 1n],
  ])('is %s', (level, history, free) => {
    expect(levelOf(of(history, free), free)).toBe(level);
  });
});
