import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifest, readTable } from '#engine/backup/read.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { migrate } from '#prisma/migrate.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { createBackupJob, requestBackup } from './create-backup.ts';

let opened: TestServer;
let server: Server;
let worker: TestWorker;
let mayCreate: Permit<'backup.create'>;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  mayCreate = await permit(server, { ...localActor('Ana'), address: '10.0.0.1' }, 'backup.create');
  worker = startWorker(server);
});

afterAll(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

async function create(input: { name: string; comment?: string; includeFiles?: boolean }) {
  const job = await requestBackup(server, mayCreate, { comment: '', includeFiles: true, ...input });
  const ended = await worker.ended(job.id);
  expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'SUCCEEDED' });
  const { backupId } = ended.result as { backupId: string };
  return server.vault.backup.findUniqueOrThrow({ where: { id: backupId } });
}

async function addProjects(count: number, prefix: string): Promise<void> {
  await server.plant.project.createMany({
    data: Array.from({ length: count }, (_, n) => ({ name: `${prefix} ${n}` })),
  });
}

async function textOf(backup: Backup, name: string): Promise<string> {
  const manifest = await readManifest(server.store, server.keys, backup.manifestObject);
  const table = manifest.tables.find((found) => found.name === name);
  if (!table) throw new Error(`no table ${name}`);
  const pieces: Buffer[] = [];
  for await (const piece of readTable(server.store, server.keys, table)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('creating a backup', () => {
  test('enters what was made into the catalogue, with who, what and how much', async () => {
    await addProjects(500, 'North');
    const backup = await create({ name: '  Before the cut-over 🚧 ', comment: 'a\nb' });
    expect(backup).toMatchObject({
      name: 'Before the cut-over 🚧',
      comment: 'a\nb',
      authorName: 'Ana',
      kind: 'MANUAL',
      status: 'READY',
      includesFiles: true,
      fileCount: 0,
      archiveExact: false,
      pinned: false,
      testedAt: null,
    });
    const tables = backup.tables as { name: string; rows: number }[];
    expect(tables.find(({ name }) => name === 'project')).toMatchObject({ rows: 500 });
    expect(backup.storedSize).toBeGreaterThan(0n);
    expect(backup.archiveSize).toBeGreaterThan(backup.tableBytes / 20n);
    expect(await textOf(backup, 'project')).toContain('North 499');
    const checksum = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(backup.structure).toEqual(
      ['_init', '_map_indexes', '_element_fields'].map((name) => ({
        name: expect.stringContaining(name),
        checksum,
      })),
    );
  });

  test('stores next to nothing again when nothing changed, and leaves no pin and no hold behind', async () => {
    await addProjects(10, 'South');
    const first = await create({ name: 'one' });
    const second = await create({ name: 'one' });
    expect(second.id).not.toBe(first.id);
    expect(second.tableBytes).toBe(first.tableBytes);
    expect(second.storedSize).toBeLessThan(4_096n);
    expect(await server.vault.chunkPin.count()).toBe(0);
    const state = await server.vault.plantState.findUniqueOrThrow({ where: { id: 1 } });
    expect(state.holderJobId).toBe(null);
  });

  test('is audited when it is asked for and when it ended', async () => {
    const backup = await create({ name: 'audited' });
    const events = await server.vault.auditEvent.findMany({
      where: { targetId: backup.id },
      orderBy: { at: 'asc' },
    });
    expect(events.map(({ action, outcome, address }) => [action, outcome, address])).toEqual([
      ['backup.create.request', 'DONE', '10.0.0.1'],
      ['backup.create', 'DONE', '10.0.0.1'],
    ]);
  });

  test('passes over a damaged last backup instead of failing', async () => {
    const damaged = await create({ name: 'damaged' });
    await server.store.put(damaged.manifestObject, Buffer.from('not a manifest'));
    await addProjects(1, 'After the damage');
    const next = await create({ name: 'next' });
    expect(await textOf(next, 'project')).toContain('After the damage');
  });

  test('waits for its turn while another job holds the plant', async () => {
    const holder = await holdByAnother();
    const job = await requestBackup(server, mayCreate, {
      name: 'later',
      comment: '',
      includeFiles: false,
    });
    const waiting = await worker.until(job.id, (now) => now.phase === 'waiting');
    expect(waiting.status).toBe('RUNNING');
    await sleep(1_000);
    expect((await worker.read(job.id)).phase).toBe('waiting');
    await server.vault.job.update({
      where: { id: holder.id },
      data: { status: 'SUCCEEDED', endedAt: new Date() },
    });
    expect((await worker.ended(job.id)).status).toBe('SUCCEEDED');
  });

  test('of a kept plant reads that one and notes it there', async () => {
    await keepPlant('plant_prev_ab12');
    const job = await enqueueJob(server.vault, createBackupJob, {
      input: {
        backupId: '01990000-0000-7000-8000-0000000000aa',
        name: 'Before restoring',
        givenName: null,
        comment: '',
        includeFiles: true,
        kind: 'SAFETY',
        schema: 'plant_prev_ab12',
        scheduledFor: null,
      },
      requestedBy: localActor('Ana'),
    });
    expect((await worker.ended(job.id)).status).toBe('SUCCEEDED');
    const kept = await server.vault.keptPlant.findFirstOrThrow();
    expect(kept.safetyBackupId).toBe('01990000-0000-7000-8000-0000000000aa');
    const backup = await server.vault.backup.findFirstOrThrow({ where: { kind: 'SAFETY' } });
    expect(await textOf(backup, 'project')).toContain('Only in the kept plant');
  });
});

/** A job of another worker, which holds the plant for an hour. */
async function holdByAnother(): Promise<Job> {
  const holder = await server.vault.job.create({
    data: {
      id: '01990000-0000-7000-8000-0000000000cc',
      kind: 'SWEEP',
      status: 'RUNNING',
      input: {},
      requestedByKind: 'PERSON',
      requestedByName: 'another',
      attempts: 1,
      fencingToken: 9n,
      // Longer than this test, and no longer than a lease can be: a worker would take the job over.
      leaseUntil: new Date(Date.now() + 100_000),
    },
  });
  await server.vault.plantState.update({ where: { id: 1 }, data: { holderJobId: holder.id } });
  return holder;
}

async function keepPlant(schema: string): Promise<void> {
  await addProjects(1, 'Only in the kept plant');
  await server.pool.query(`ALTER SCHEMA plant RENAME TO ${schema}`);
  await migrate(opened.database.url, 'plant');
  const restoreId = '01990000-0000-7000-8000-0000000000bb';
  await server.vault.restore.create({
    data: {
      id: restoreId,
      backupId: restoreId,
      backupName: 'any',
      backupCreatedAt: new Date(),
      status: 'APPLIED',
      jobId: restoreId,
      authorKind: 'PERSON',
      authorName: 'Ana',
      stageSchema: 'plant_stage_ab12',
    },
  });
  await server.vault.keptPlant.create({
    data: { schema, restoreId, replacedBy: 'APPLY', keepUntil: new Date(Date.now() + 3_600_000) },
  });
}
