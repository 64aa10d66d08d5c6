import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { enqueueJob } from '#jobs/queue.ts';
import { catalogued } from '#testing/catalogue.ts';
import { saidIn } from '#testing/failures.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker } from '#testing/worker.ts';
import { requestBackup } from '../backups/create-backup.ts';
import { localActor, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { checkUploadJob } from '../uploads/check-upload.ts';
import {
  findStorage,
  housekeepStorage,
  measureStorage,
  requireUsualSpace,
  storageHistory,
} from './storage.ts';

const GB = 1024n ** 3n;
const DAY_MS = 24 * 60 * 60 * 1000;

let opened: TestServer;
let server: Server;
let now: Date;
let free: bigint;
beforeEach(async () => {
  now = new Date('2026-11-23T12:00:00Z');
  free = 500n * GB;
  opened = await openTestServer({ now: () => now });
  server = { ...opened.server, store: { ...opened.server.store, freeBytes: async () => free } };
});
afterEach(() => opened[Symbol.asyncDispose]());

const may = () => permit(server, localActor('Ana'), 'backup.view');
const pass = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

/** What backups like those of the last days would add. */
async function madeBefore(...storedSizes: bigint[]): Promise<void> {
  const begun = now.getTime() - (storedSizes.length + 1) * DAY_MS;
  await catalogued(server, { createdAt: new Date(begun), storedSize: 40n * GB });
  for (const [n, storedSize] of storedSizes.entries())
    await catalogued(server, { createdAt: new Date(begun + (n + 1) * DAY_MS), storedSize });
}

test('says what backups, files of posts and the database take', async () => {
  const sha256 = randomBytes(32).toString('hex');
  await server.plant.storedFile.create({ data: { sha256, bytes: 12_345n } });
  await server.pool.query(
    `INSERT INTO vault.chunk (id, generation, state, codec, plain_bytes, stored_bytes, job_id)
     VALUES ('\\x01', 1, 'STORED', 'none', 700, 600, gen_random_uuid())`,
  );
  const storage = await findStorage(server, await may());
  expect(storage).toMatchObject({ backupBytes: 600n, postFileBytes: 12_345n, freeBytes: free });
  expect(storage.databaseBytes).toBeGreaterThan(1_000_000n);
  expect(storage.totalBytes).toBeGreaterThan(0n);
});

test('is measured again within the minute once a backup was made', async () => {
  await measureStorage(server);
  pass(60_000);
  await housekeepStorage(server);
  const measuredAt = async () => (await findStorage(server, await may())).measuredAt;
  expect(await measuredAt()).not.toEqual(now);
  await catalogued(server, { createdAt: now });
  pass(60_000);
  await housekeepStorage(server);
  expect(await measuredAt()).toEqual(now);
});

test('tells of a backup from the moment that it is in the list, made here or uploaded', async () => {
  await measureStorage(server);
  const measuredAt = async () => (await findStorage(server, await may())).measuredAt;
  pass(1_000);
  expect(await measuredAt()).not.toEqual(now);
  await catalogued(server, { createdAt: now });
  expect(await measuredAt()).toEqual(now);
  pass(1_000);
  expect(await measuredAt()).not.toEqual(now);
  const { id } = await enqueueJob(server.vault, checkUploadJob, {
    input: { uploadId: randomUUID(), fileName: 'one.tar.gz.doz' },
    requestedBy: localActor('Ana'),
  });
  const ended = { status: 'SUCCEEDED', createdAt: now, endedAt: now };
  await server.vault.job.update({ where: { id }, data: ended });
  expect(await measuredAt()).toEqual(now);
  await catalogued(server, { createdAt: new Date(now.getTime() + 60_000) }); // a clock that was set back
  pass(1_000);
  expect(await measuredAt()).not.toEqual(now);
});

test('is measured every quarter of an hour, and the last one of a day stays', async () => {
  await housekeepStorage(server);
  const sized = async (bytes: bigint) => {
    await server.plant.storedFile.create({
      data: { sha256: randomBytes(32).toString('hex'), bytes },
    });
    await housekeepStorage(server);
    return (await findStorage(server, await may())).postFileBytes;
  };
  pass(14 * 60_000);
  expect(await sized(5n)).toBe(0n);
  pass(60_000);
  expect(await sized(5n)).toBe(10n);
  pass(DAY_MS);
  await sized(7n);
  pass(-2 * DAY_MS); // a clock that was set back
  expect(await server.vault.storageDay.count()).toBe(2);
  await housekeepStorage(server);
  expect(await server.vault.storageDay.count()).toBe(3);
});

test('the history has each day on which something was measured or made', async () => {
  await madeBefore(5n, 6n);
  await measureStorage(server);
  const history = await storageHistory(server, await may(), 30);
  expect(history.map(({ day, addedBytes, backupCount }) => [day, addedBytes, backupCount])).toEqual(
    [
      ['2026-11-20', 40n * GB, 1],
      ['2026-11-21', 5n, 1],
      ['2026-11-22', 6n, 1],
      ['2026-11-23', 0n, 0],
    ],
  );
  expect(history[1]?.databaseBytes).toBeNull();
  expect(history[3]?.databaseBytes).toBeGreaterThan(0n);
  await expect(storageHistory(server, await may(), 0)).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});

test('a change of level is notified once, by the first of two workers to see it', async () => {
  await measureStorage(server);
  const [other, listener] = [await server.connect(), await server.connect()];
  const told: string[] = [];
  listener.on('notification', ({ payload = '' }) => told.push(payload));
  await listener.query('LISTEN fiberkeep');
  // The other worker has seen it, and has not committed yet.
  await other.query('BEGIN');
  await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: storage days', 0))`);
  await other.query(`UPDATE vault.storage_day SET level = 'LOW'`);
  free = GB / 2n;
  const measuring = measureStorage(server);
  const waiting = `SELECT count(*)::int AS waiting FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await listener.query(waiting)).rows[0]?.waiting).toBe(1);
  await other.query('COMMIT');
  await measuring;
  await other.query(`SELECT pg_notify('fiberkeep', 'the end')`);
  await expect.poll(() => told).toContain('the end');
  expect(told).toEqual(['the end']);
  free = 500n * GB;
  await measureStorage(server);
  await expect.poll(() => told.at(-1)).toContain('BACKUPS_CHANGED');
  await Promise.all([other.end(), listener.end()]);
});

describe('a backup of the usual size that would not fit', () => {
  test('is refused before it is begun', async () => {
    await madeBefore(3n * GB, 3n * GB, 3n * GB);
    free = 5n * GB;
    const create = await permit(server, localActor('Ana'), 'backup.create');
    const input = { name: 'too large', comment: '', includeFiles: true };
    await expect(requestBackup(server, create, input)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await server.vault.job.count()).toBe(0);
    free = 7n * GB;
    await expect(requestBackup(server, create, input)).resolves.toMatchObject({ status: 'QUEUED' });
  });

  test('is refused by the worker too if the disk filled up meanwhile', async () => {
    await madeBefore(3n * GB);
    const create = await permit(server, localActor('Ana'), 'backup.create');
    const job = await requestBackup(server, create, { name: 'n', comment: '', includeFiles: true });
    free = 5n * GB;
    const worker = startWorker(server);
    try {
      const ended = await worker.ended(job.id);
      expect(ended).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
      expect(saidIn(ended.error).hint).toContain('Nothing was changed');
    } finally {
      await worker.stop();
    }
  });

  test('is not refused if it is the first, because there is no usual size', async () => {
    free = 0n;
    await expect(requireUsualSpace(server)).resolves.toBeUndefined();
  });
});
