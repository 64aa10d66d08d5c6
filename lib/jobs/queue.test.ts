import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscribe } from '#events/hub.ts';
import { createBackupJob } from '#services/backups/create-backup.ts';
import { sweepJob } from '#services/backups/sweep-chunks.ts';
import { localActor } from '#services/permit.ts';
import { stageRestoreJob } from '#services/restores/stage-restore.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { type SqlRunner, sqlRunnerOn, type VaultClient } from '#vault/client.ts';
import { inTransaction } from '#vault/transaction.ts';
import { cancelUnheldJob, claimJob, enqueueJob } from './queue.ts';

const apiKey = { id: '01a00000-0000-7000-8000-0000000000ff', name: 'A script' };
const requestedBy = { ...localActor('Ana'), address: '192.0.2.1', apiKey };
const id = '01a00000-0000-7000-8000-000000000001';

let opened: TestServer;
let vault: VaultClient;
beforeEach(async () => {
  opened = await openTestServer();
  vault = opened.server.vault;
});
afterEach(() => opened[Symbol.asyncDispose]());

/** In a transaction of the vault's client, and on a plain connection as a swap has it. */
const connections: [string, (work: (db: SqlRunner) => Promise<unknown>) => Promise<unknown>][] = [
  ['the vault’s client', (work) => vault.$transaction(work)],
  [
    'a plain connection',
    (work) => inTransaction(opened.server.pool, (client) => work(sqlRunnerOn(client))),
  ],
];

const backupInput = {
  backupId: id,
  name: 'Before a restore',
  givenName: null,
  comment: '',
  includeFiles: true,
  kind: 'SAFETY' as const,
  schema: 'plant_prev_ab12',
  scheduledFor: null,
};

describe.each(connections)('on %s', (_name, inOne) => {
  test('a job is queued with all that is known of it, its API key too', async () => {
    const request = { input: backupInput, requestedBy };
    const job = await inOne((db) => enqueueJob(db, createBackupJob, request));
    const row = await vault.job.findFirstOrThrow();
    expect(job).toEqual(row);
    expect(row).toMatchObject({
      kind: 'CREATE_BACKUP',
      status: 'QUEUED',
      input: backupInput,
      requestedByKind: 'COMMAND_LINE',
      requestedByName: 'Ana',
      requestedFrom: '192.0.2.1',
      apiKeyId: apiKey.id,
      apiKeyName: apiKey.name,
    });
  });

  test('a job that no worker holds is cancelled, with an event and in the audit log', async () => {
    const job = await enqueueJob(vault, createBackupJob, { input: backupInput, requestedBy });
    const events = subscribe(opened.database.url);
    expect((await events.next()).value).toMatchObject({ kind: 'REFETCH' });
    await inOne(async (db) => {
      expect(await cancelUnheldJob(db, createBackupJob, job.id)).toBe('CANCELLED');
      expect(await cancelUnheldJob(db, createBackupJob, job.id)).toBe('ENDED');
    });
    expect((await events.next()).value).toEqual({ kind: 'JOBS_CHANGED', id: job.id });
    events.close();
    const cancelled = await vault.job.findUniqueOrThrow({ where: { id: job.id } });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', leaseUntil: null });
    expect(cancelled.endedAt).not.toBeNull();
    expect(await vault.auditEvent.findFirstOrThrow()).toMatchObject({
      action: 'backup.create',
      outcome: 'FAILED',
      actorName: 'Ana',
      apiKeyName: apiKey.name,
      targetId: id,
      detail: { jobId: job.id, code: 'CANCELLED' },
    });
  });

  test('a job that a worker holds is left to it, until its lease is over', async () => {
    const job = await enqueueJob(vault, createBackupJob, { input: backupInput, requestedBy });
    await claimJob(vault, ['CREATE_BACKUP'], 'a test');
    const chunk = { jobId: job.id, id: Buffer.alloc(32), generation: 1n };
    await vault.chunkPin.create({ data: chunk });
    await inOne(async (db) => {
      expect(await cancelUnheldJob(db, createBackupJob, job.id)).toBe('HELD');
    });
    expect(await vault.job.count({ where: { status: 'RUNNING' } })).toBe(1);
    await vault.job.update({ where: { id: job.id }, data: { leaseUntil: new Date(0) } });
    await inOne((db) => cancelUnheldJob(db, createBackupJob, job.id));
    expect(await vault.job.count({ where: { status: 'CANCELLED' } })).toBe(1);
    expect(await vault.chunkPin.count()).toBe(0);
  });
});

test('nothing is queued and nobody is told where the transaction does not commit', async () => {
  const failing = inTransaction(opened.server.pool, async (client) => {
    await enqueueJob(sqlRunnerOn(client), sweepJob, { input: {}, requestedBy });
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect(await vault.job.count()).toBe(0);
});

test('an input that is not the kind’s is refused', async () => {
  const wrong = { ...backupInput, kind: 'OTHER' as never };
  const request = { input: wrong, requestedBy };
  await expect(enqueueJob(vault, createBackupJob, request)).rejects.toThrow('kind');
});

test('a job from whose end something follows is not cancelled without that', async () => {
  await expect(cancelUnheldJob(vault, stageRestoreJob, id)).rejects.toThrow(RangeError);
});
