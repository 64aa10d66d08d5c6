import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import { catalogued } from '#testing/catalogue.ts';
import { failureRow } from '#testing/failures.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, testRun } from '#testing/worker.ts';
import { keepHead, touchHead } from '../downloads/archive-head-rows.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { enqueueRestoreTest } from '../restore-tests/test-backup.ts';
import type { Server } from '../server.ts';
import { previewRetention } from './preview-retention.ts';
import { afterAutomaticSuccess, retentionJob, runRetention } from './run-retention.ts';
import { updateSchedule } from './schedule.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date('2026-11-23T12:00:00Z');

let clock: Date;
let opened: TestServer;
let server: Server;
beforeEach(async () => {
  clock = NOW;
  opened = await openTestServer({ now: () => clock, env: { TIME_ZONE: 'America/Sao_Paulo' } });
  server = opened.server;
  await keep({ keepLast: 2, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 });
});
afterEach(() => opened[Symbol.asyncDispose]());

async function keep(numbers: { [key: string]: number }): Promise<void> {
  const may = await permitInPerson(server, localActor('Ana'), 'backup.configure');
  await updateSchedule(server, may, numbers);
}

const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS);

/** The backup of so many nights ago. */
function night(days: number, row: Partial<Prisma.BackupCreateInput> = {}): Promise<Backup> {
  const at = daysAgo(days);
  return catalogued(server, { name: `${days}`, createdAt: at, scheduledFor: at, ...row });
}

async function left(): Promise<string[]> {
  const rows = await server.vault.backup.findMany({ orderBy: { createdAt: 'desc' } });
  return rows.map(({ name }) => name);
}

/** As the job that an automatic backup's commit asks for. */
async function retain(): Promise<void> {
  await afterAutomaticSuccess(server.vault);
  const job = await server.vault.job.findFirstOrThrow({
    where: { kind: 'RETENTION', endedAt: null },
  });
  const worker = startWorker(server);
  try {
    expect(await worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  } finally {
    await worker.stop();
  }
}

/** The job, with something that happens between the decision and the removals. */
async function afterDeciding(happens: () => Promise<void>): Promise<void> {
  const id = randomUUID();
  const job = await server.vault.job.create({
    data: { id, kind: 'RETENTION', input: {}, requestedByKind: 'SERVER', requestedByName: '' },
  });
  const vault = new Proxy(server.vault, {
    get(target, name, receiver) {
      if (name !== '$transaction') return Reflect.get(target, name, receiver);
      return async (...given: Parameters<typeof target.$transaction>) => {
        await happens();
        return target.$transaction(...given);
      };
    },
  });
  await runRetention(
    { ...server, vault },
    testRun(retentionJob, job, { commit: async (_result, work) => work(server.vault) }),
  );
}

async function preview(numbers: Parameters<typeof previewRetention>[2] = null) {
  const may = await permitInPerson(server, localActor('Ana'), 'backup.view');
  return previewRetention(server, may, numbers);
}

describe('retention', () => {
  test('removes the nights that no number keeps, and nothing that somebody made', async () => {
    for (const days of [0, 1, 2, 3]) await night(days);
    await night(4, { pinned: true, name: 'pinned' });
    await night(5, { kind: 'MANUAL', name: 'by hand' });
    await night(6, { kind: 'UPLOADED', name: 'uploaded' });
    await retain();
    expect(await left()).toEqual(['0', '1', 'pinned', 'by hand', 'uploaded']);
  });

  test('keeps the last tested backup, however old', async () => {
    for (const days of [0, 1, 2]) await night(days);
    await night(40, { testedAt: daysAgo(40) });
    await night(50, { testedAt: daysAgo(50) });
    const failed = { testFailedAt: daysAgo(3), testError: failureRow('TEST_FAILED') };
    await night(30, { testedAt: daysAgo(30), ...failed });
    await retain();
    expect(await left()).toEqual(['0', '1', '40']);
  });

  test('keeps one that became the last tested one after it was decided to go', async () => {
    await night(0, { testedAt: daysAgo(0), name: 'newest' });
    await night(1);
    await night(9, { testedAt: daysAgo(9) });
    await afterDeciding(async () => {
      await server.vault.backup.updateMany({
        where: { name: 'newest' },
        data: { testFailedAt: new Date(), testError: failureRow('TEST_FAILED') },
      });
    });
    expect(await left()).toEqual(['newest', '1', '9']);
  });

  test('passes over a backup that a job reads, until the next night', async () => {
    for (const days of [0, 1]) await night(days);
    const read = await night(2);
    await enqueueRestoreTest(server.vault, read, localActor('Ana'));
    await server.vault.job.updateMany({
      where: { kind: 'TEST_BACKUP' },
      data: { notBefore: new Date(Date.now() + DAY_MS) },
    });
    await retain();
    expect(await left()).toEqual(['0', '1', '2']);
    await server.vault.job.deleteMany({ where: { kind: 'TEST_BACKUP' } });
    await retain();
    expect(await left()).toEqual(['0', '1']);
  });

  test('passes over a backup that is being downloaded, until the next night', async () => {
    for (const days of [0, 1, 3]) await night(days);
    const sent = await night(2);
    await keepHead(server.vault, {
      backupId: sent.id,
      object: `heads/${sent.id}.1`,
      bytes: 1n,
      sha256: '',
      layoutVersion: 1,
    });
    await touchHead(server.vault, sent.id);
    await retain();
    expect(await left()).toEqual(['0', '1', '2']);
    await server.pool.query(
      `UPDATE vault.archive_head SET last_used_at = clock_timestamp() - interval '4 minutes'`,
    );
    await retain();
    expect(await left()).toEqual(['0', '1']);
  });

  test('looks again whether a backup is being downloaded when its turn comes', async () => {
    for (const days of [0, 1]) await night(days);
    const sent = await night(2);
    const head = { object: 'heads/1', bytes: 1n, sha256: '', layoutVersion: 1 };
    await afterDeciding(async () => {
      await keepHead(server.vault, { backupId: sent.id, ...head });
    });
    expect(await left()).toEqual(['0', '1', '2']);
  });

  test('keeps a SAFETY backup as long as its restore can be undone, or its plant is kept', async () => {
    await night(0);
    const safety = async (name: string, keepUntil: Date, goneAt: Date | null) => {
      const { id } = await night(30, { kind: 'SAFETY', name });
      const restore = await server.vault.restore.create({
        data: {
          id,
          backupId: id,
          backupName: '',
          backupCreatedAt: NOW,
          status: 'APPLIED',
          jobId: id,
          authorKind: 'PERSON',
          authorName: '',
          stageSchema: '',
        },
      });
      await server.vault.keptPlant.create({
        data: {
          schema: name,
          restoreId: restore.id,
          replacedBy: 'APPLY',
          keepUntil,
          goneAt,
          safetyBackupId: id,
        },
      });
    };
    await safety('open', daysAgo(-1), null);
    await safety('undone, open', daysAgo(-1), daysAgo(1));
    await safety('over, not dropped', daysAgo(1), null);
    await safety('over', daysAgo(1), daysAgo(1));
    await night(6, { kind: 'SAFETY', name: 'of no plant, young' });
    await night(8, { kind: 'SAFETY', name: 'of no plant, old' });
    await retain();
    expect((await left()).sort()).toEqual(
      ['0', 'of no plant, young', 'open', 'over, not dropped', 'undone, open'].sort(),
    );
  });

  test('notes in the audit log what it removed, as done by the server', async () => {
    for (const days of [0, 1, 2]) await night(days);
    await retain();
    const audited = await server.vault.auditEvent.findMany({ where: { action: 'backup.delete' } });
    expect(audited).toMatchObject([{ actorKind: 'SERVER', targetName: '2', outcome: 'DONE' }]);
  });
});

describe('the preview', () => {
  test('lists what tonight’s backup will remove, oldest first, and why each other one stays', async () => {
    const [a, b, c] = [await night(0), await night(1), await night(2, { pinned: true })];
    const old = await night(3);
    expect(await preview()).toEqual({
      remove: [old.id, b.id],
      keep: [
        { id: a.id, reasons: ['LAST'] },
        { id: c.id, reasons: ['PINNED'] },
      ],
    });
    expect(await left()).toHaveLength(4);
  });

  test('can use numbers that are not saved', async () => {
    for (const days of [0, 1, 2, 3]) await night(days);
    const numbers = { keepLast: 1, keepDaily: 4, keepWeekly: 0, keepMonthly: 0 };
    expect((await preview(numbers)).remove).toHaveLength(1);
    await expect(preview({ ...numbers, keepLast: 0 })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'rule.keepLast' }],
    });
  });

  test('is what the run then does', async () => {
    await keep({ keepLast: 1, keepDaily: 3, keepWeekly: 2, keepMonthly: 2 });
    for (const days of [0.5, 1.5, 2.5, 3.5, 9.5, 10.5, 40.5, 41.5, 80.5]) await night(days);
    const { keep: kept } = await preview();
    const tonight = new Date('2026-11-24T05:00:00Z');
    clock = tonight;
    await catalogued(server, { name: 'tonight', createdAt: tonight, scheduledFor: tonight });
    await retain();
    const rows = await server.vault.backup.findMany({ where: { name: { not: 'tonight' } } });
    expect(rows.map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
  });
});
