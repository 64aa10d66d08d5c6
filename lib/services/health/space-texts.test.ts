import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { errorText, type FiberkeepError, type Locale } from '#errors';
import { catalogued } from '#testing/catalogue.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { notificationText } from '../notifications/notification-texts.ts';
import type { Server } from '../server.ts';
import { requireFreeSpace } from '../space.ts';
import { readHealth } from './health.ts';
import { readStorage, requireUsualSpace } from './storage.ts';

const MB = 1_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Narrow spaces as plain ones. */
const words = (text: string) => text.replaceAll(/\s/g, ' ');

let opened: TestServer;
let server: Server;
let free: bigint;

beforeAll(async () => {
  opened = await openTestServer();
  server = { ...opened.server, store: { ...opened.server.store, freeBytes: async () => free } };
});
afterAll(() => opened[Symbol.asyncDispose]());
beforeEach(() => opened.server.pool.query('TRUNCATE vault.backup, vault.storage_day'));

function thrownBy(work: () => void): FiberkeepError {
  try {
    work();
  } catch (thrown) {
    return thrown as FiberkeepError;
  }
  throw new Error('It fits');
}

/** Backups of the last days that added this much each. */
async function added(bytes: number): Promise<void> {
  for (const days of [1, 2, 3, 9])
    await catalogued(server, {
      createdAt: new Date(Date.now() - days * DAY_MS),
      storedSize: BigInt(bytes),
      testedAt: new Date(),
    });
}

describe('a disk on which something does not fit', () => {
  const reasons = [
    'noRoomForArchive',
    'noRoomForBackup',
    'noRoomForRestoreTest',
    'noRoomForUpload',
  ] as const;

  test.each(
    reasons.flatMap((reason) => (['en', 'pt-BR', 'es'] as const).map((l) => [reason, l] as const)),
  )('names need, reserve, what is free and what is missing: %s in %s', (reason, locale) => {
    // What was said to need 121 MB of 168 MB did not fit because of the reserve.
    const error = thrownBy(() =>
      requireFreeSpace({
        freeBytes: 168_000_000n,
        neededBytes: 121 * MB,
        reserveBytes: 67_108_864,
        reason,
      }),
    );
    expect(error.params).toEqual({
      neededBytes: 121 * MB,
      reserveBytes: 67_108_864,
      freeBytes: 168 * MB,
      missingBytes: 20_108_864,
    });
    const { message } = errorText(error, locale);
    for (const size of ['121', '67[.,]1', '168', '20[.,]1'])
      expect(words(message)).toMatch(new RegExp(`${size} MB`));
  });

  test('says so of the backup that is asked for, of the next one, and in figures', async () => {
    await added(50 * MB);
    free = 160_000_000n;
    const lack = { neededBytes: 100 * MB, reserveBytes: 67_108_864, missingBytes: 7_108_864 };
    await expect(requireUsualSpace(server)).rejects.toMatchObject({
      reason: 'noRoomForBackup',
      params: lack,
    });
    const { problems, storage } = await readHealth(server);
    expect(problems).toMatchObject([
      {
        code: 'DISK_FULL',
        summary: { reason: 'nextBackupDoesNotFit', params: lack },
        error: { reason: 'noRoomForBackup', params: lack },
      },
    ]);
    expect(storage.forecast).toMatchObject({ missingBytes: 7_108_864n, reserveBytes: 67_108_864n });
  });

  test('is full now, however slowly it fills', async () => {
    await added(1000);
    free = 60_000_000n;
    const { forecast } = await readStorage(server);
    expect(forecast).toMatchObject({ nextBackupFits: false, daysUntilFull: 0 });
  });
});

describe('a disk that is nearly full', () => {
  test('is not said to last for years', async () => {
    await added(1000);
    free = 900_000_000n;
    const { problems, storage } = await readHealth(server);
    expect(storage.forecast.daysUntilFull).toBeGreaterThan(10_000);
    expect(problems).toMatchObject([
      { code: 'DISK_LOW', summary: { reason: 'diskNearlyFull', params: { freeBytes: 900 * MB } } },
    ]);
  });

  test('is said to last for days where they are few', async () => {
    await added(50 * MB);
    free = 400_000_000n;
    const { problems } = await readHealth(server);
    expect(problems).toMatchObject([{ code: 'DISK_LOW', summary: { reason: 'diskFillsUp' } }]);
  });
});

test.each<[Locale, string]>([
  ['en', 'The next backup takes about 121 MB and must leave 67.1 MB free: 20.1 MB are missing.'],
  ['pt-BR', 'O próximo backup ocupa cerca de 121 MB e deve deixar 67,1 MB livres: faltam 20,1 MB.'],
  ['es', 'La próxima copia ocupa unos 121 MB y debe dejar 67,1 MB libres: faltan 20,1 MB.'],
])('an e-mail in %s says what is missing, and no days', (locale, line) => {
  const lack = {
    neededBytes: 121 * MB,
    reserveBytes: 67_108_864,
    freeBytes: 168 * MB,
    missingBytes: 20_108_864,
  };
  const data = { freeBytes: '168000000', daysUntilFull: 0, lack };
  const { lines } = notificationText('DISK_NEARLY_FULL', data, locale);
  expect(lines.map(words)).toContain(line);
  expect(lines).toHaveLength(3);
});

test('an e-mail forecasts no more than a year', () => {
  const lines = (daysUntilFull: number) =>
    notificationText('DISK_NEARLY_FULL', { freeBytes: null, daysUntilFull, lack: null }, 'en')
      .lines;
  expect(lines(13247)).toHaveLength(1);
  expect(lines(12.7)[0]).toBe('At the current rate it will be full in about 12 days.');
});
