import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { saidIn } from '#testing/failures.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import type { RunJob } from '#worker/run-worker.ts';
import { cancelJob } from '../activity/cancel-job.ts';
import { systemAuthority } from '../authority.ts';
import { housekeep } from '../housekeeping.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import { requestRestoreTest, requestTest } from '../restore-tests/test-backup.ts';
import { requestStage } from '../restores/stage-restore.ts';
import type { Server } from '../server.ts';
import { requestBackup } from './create-backup.ts';
import { deleteBackup, finishDeletions } from './delete-backup.ts';
import { runSweep } from './sweep-chunks.ts';
import { updateBackup } from './update-backup.ts';

let opened: TestServer;
let server: Server;
let worker: TestWorker;
let mayDelete: Permit<'backup.delete'>;
let mayCreate: Permit<'backup.create'>;

/** Without the wait of half a minute for those who may still be reading. */
const sweepAtOnce: RunJob = (on, run) => runSweep(on, run, { graceMs: 0 });

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  mayDelete = await permit(server, localActor('Ana'), 'backup.delete');
  mayCreate = await permit(server, localActor('Ana'), 'backup.create');
  worker = startWorker(server, { SWEEP: sweepAtOnce });
});

afterEach(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

async function create(name: string): Promise<Backup> {
  const input = { name, comment: '', includeFiles: true };
  const job = await worker.ended((await requestBackup(server, mayCreate, input)).id);
  expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED' });
  return server.vault.backup.findFirstOrThrow({ where: { jobId: job.id } });
}

const remove = (backup: Backup) => deleteBackup(server, mayDelete, backup.id);
const rows = (backup: Backup) => server.vault.backup.count({ where: { id: backup.id } });

async function lastAudit(backup: Backup) {
  return server.vault.auditEvent.findFirstOrThrow({
    where: { targetId: backup.id },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  });
}

async function addProjects(count: number, prefix: string): Promise<void> {
  await server.plant.project.createMany({
    data: Array.from({ length: count }, (_, n) => ({ name: `${prefix} ${n}` })),
  });
}

/** Bytes of all objects but the row maps, which help to make backups, and which no backup needs. */
async function storedBytes(): Promise<number> {
  let sum = 0;
  for await (const { name, bytes } of server.store.list(''))
    if (!name.startsWith('maps/')) sum += bytes;
  return sum;
}

async function sweepsEnded(): Promise<void> {
  const sweeps = await server.vault.job.findMany({ where: { kind: 'SWEEP' } });
  for (const { id } of sweeps) {
    const ended = await worker.ended(id);
    expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'SUCCEEDED' });
  }
}

describe('deleting a backup', () => {
  test('removes its manifest and its row, asks for a sweep, and leaves others as they are', async () => {
    const first = await create('first');
    const second = await create('second');
    await remove(first);
    expect(await rows(first)).toBe(0);
    expect(await server.store.has(first.manifestObject)).toBe(false);
    expect(await server.store.has(second.manifestObject)).toBe(true);
    expect(await rows(second)).toBe(1);
    expect(await server.vault.job.count({ where: { kind: 'SWEEP' } })).toBe(1);
    expect(await lastAudit(first)).toMatchObject({ action: 'backup.delete', outcome: 'DONE' });
    await expect(remove(first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('gives back the space that only it needed, and the others stay whole', async () => {
    await addProjects(2_000, 'kept');
    const kept = await create('kept');
    const before = await storedBytes();
    await addProjects(20_000, 'only in the second');
    const second = await create('second');
    expect(await storedBytes()).toBeGreaterThan(before + 100_000);
    await server.plant.project.deleteMany({ where: { name: { startsWith: 'only' } } });
    await remove(second);
    await sweepsEnded();
    expect(await storedBytes()).toBe(before);
    const tested = await worker.ended((await requestTest(server, mayCreate, kept.id)).id);
    expect(tested, JSON.stringify(tested.error)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('is refused for a pinned one, until it is unpinned', async () => {
    const backup = await create('pinned');
    await updateBackup(server, mayCreate, backup.id, { pinned: true });
    await expect(remove(backup)).rejects.toMatchObject({
      code: 'BACKUP_PINNED',
      reason: 'backupPinned',
      params: { name: 'pinned' },
    });
    expect(await lastAudit(backup)).toMatchObject({ action: 'backup.delete', outcome: 'REFUSED' });
    await updateBackup(server, mayCreate, backup.id, { pinned: false });
    await remove(backup);
    expect(await rows(backup)).toBe(0);
  });

  test('is done to a pinned one for who asks for just that, and all other refusals stand', async () => {
    const backup = await create('pinned');
    await updateBackup(server, mayCreate, backup.id, { pinned: true });
    await worker.stop();
    const mayRestore = await permit(server, localActor('Ana'), 'backup.restore');
    await requestStage(server, mayRestore, backup.id);
    const evenPinned = () => deleteBackup(server, mayDelete, backup.id, { evenPinned: true });
    await expect(evenPinned()).rejects.toMatchObject({ code: 'BACKUP_IN_USE' });
    expect(await server.vault.backup.findUnique({ where: { id: backup.id } })).toMatchObject({
      pinned: true,
      status: 'READY',
    });
    await server.vault.job.updateMany({ data: { status: 'CANCELLED', endedAt: new Date() } });
    await evenPinned();
    expect(await rows(backup)).toBe(0);
  });

  test('is refused while a job that reads it is queued or runs', async () => {
    const backup = await create('in use');
    await worker.stop();
    const mayRestore = await permit(server, localActor('Ana'), 'backup.restore');
    const { job } = await requestStage(server, mayRestore, backup.id);
    await expect(remove(backup)).rejects.toMatchObject({ code: 'BACKUP_IN_USE' });
    worker = startWorker(server);
    await worker.ended(job.id);
    await remove(backup);
    expect(await rows(backup)).toBe(0);
  });

  test('cancels a restore test that the server began by itself, but not one that a person asked for', async () => {
    const [own, asked] = [await create('own restore test'), await create('asked for')];
    await worker.stop();
    let arrived = () => {};
    const running = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    worker = startWorker(server, {
      TEST_BACKUP: async (_on, run) => {
        arrived();
        await new Promise((_, reject) => {
          run.signal.addEventListener('abort', () => reject(run.signal.reason));
        });
      },
    });
    const { id } = await requestRestoreTest(server, systemAuthority, own.id);
    await running;
    const waiting = await requestTest(server, mayCreate, asked.id);
    await remove(own);
    expect(await rows(own)).toBe(0);
    expect(await worker.ended(id)).toMatchObject({ status: 'CANCELLED' });
    await expect(remove(asked)).rejects.toMatchObject({ code: 'BACKUP_IN_USE' });
    await cancelJob(server, localActor('Ana'), waiting.id);
  });

  test('and staging it at the same moment: one of them is refused, never both done', async () => {
    const mayRestore = await permit(server, localActor('Ana'), 'backup.restore');
    for (let round = 0; round < 5; round++) {
      const backup = await create(`contested ${round}`);
      const [removed, staged] = await Promise.allSettled([
        remove(backup),
        requestStage(server, mayRestore, backup.id),
      ]);
      const done = [removed, staged].filter(({ status }) => status === 'fulfilled');
      expect(done).toHaveLength(1);
      if (staged.status === 'fulfilled') await worker.ended(staged.value.job.id);
    }
  });

  test('is finished by housekeeping where a crash left it marked', async () => {
    const marked = await create('marked');
    const halfway = await create('halfway');
    await server.vault.backup.updateMany({ data: { status: 'DELETING' } });
    await server.store.delete(halfway.manifestObject);
    await finishDeletions(server);
    expect(await server.vault.backup.count()).toBe(0);
    expect(await server.store.has(marked.manifestObject)).toBe(false);
  });
});

describe('testing a backup', () => {
  test('names the part that cannot be restored, and fails', async () => {
    await addProjects(3_000, 'p');
    const backup = await create('to be damaged');
    let damaged = '';
    for await (const { name, bytes } of server.store.list('chunks/'))
      if (bytes > 10_000) damaged = name;
    const sealed = await server.store.get(damaged);
    sealed[sealed.length >> 1] = (sealed[sealed.length >> 1] ?? 0) ^ 1;
    await server.store.put(damaged, sealed);
    const job = await worker.ended((await requestTest(server, mayCreate, backup.id)).id);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'TEST_FAILED' } });
    expect(saidIn(job.error).message).toContain('to be damaged');
    expect(await lastAudit(backup)).toMatchObject({ action: 'backup.test', outcome: 'FAILED' });
  });
});

test('a backup that failed is in no list, its pins are gone, and what it stored is swept', async () => {
  const before = await create('good');
  const stored = await storedBytes();
  await addProjects(5_000, 'new');
  await server.pool.query(
    'ALTER TABLE vault.backup ADD CONSTRAINT full_disk CHECK (name <> $$bad$$)',
  );
  const input = { name: 'bad', comment: '', includeFiles: true };
  const job = await worker.ended((await requestBackup(server, mayCreate, input)).id);
  expect(job.status).toBe('FAILED');
  expect(job.error).not.toBe(null);
  expect((await server.vault.backup.findMany()).map(({ id }) => id)).toEqual([before.id]);
  expect(await server.vault.chunkPin.count()).toBe(0);
  expect(await storedBytes()).toBeGreaterThan(stored);
  await housekeep(server);
  await sweepsEnded();
  expect(await storedBytes()).toBe(stored);
});
