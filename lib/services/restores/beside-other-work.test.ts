import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup, Restore } from '#generated/vault/client.ts';
import { ANA, openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { discardRestore } from './discard-restore.ts';
import { getRestore } from './restore-queries.ts';
import { requestStage, runStageRestore } from './stage-restore.ts';

let lab: RestoreLab;

beforeEach(async () => {
  lab = await openRestoreLab();
});

afterEach(() => lab[Symbol.asyncDispose]());

describe('beside other work', () => {
  /** A CREATE_BACKUP that holds the plant until it is cancelled. */
  async function holdPlantAsBackup(): Promise<string> {
    const id = uuidv7();
    await lab.server.vault.job.create({
      data: {
        id,
        kind: 'CREATE_BACKUP',
        status: 'RUNNING',
        input: {},
        requestedByKind: 'PERSON',
        requestedByName: 'Ana',
        leaseUntil: new Date(Date.now() + 60_000),
      },
    });
    await lab.server.vault.plantState.update({ where: { id: 1 }, data: { holderJobId: id } });
    return id;
  }

  test('a backup that reads the plant is not disturbed unless the person says so', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    const jobId = await holdPlantAsBackup();
    await expect(lab.apply(restore)).rejects.toMatchObject({ code: 'BACKUP_RUNNING' });
    const cancelled = (async () => {
      await lab.worker.until(jobId, (job) => job.cancelRequestedAt !== null);
      await lab.server.vault.job.update({
        where: { id: jobId },
        data: { status: 'CANCELLED', endedAt: new Date() },
      });
    })();
    expect((await lab.apply(restore, { cancelRunningBackup: true })).status).toBe('APPLIED');
    await cancelled;
    const audit = { action: 'backup.create.cancel', actorId: ANA };
    expect(await lab.server.vault.auditEvent.count({ where: audit })).toBe(1);
  });

  test('an undo cancels the SAFETY backup, whether it waits or runs', async () => {
    const backup = await lab.create('Monday');
    for (const running of [false, true]) {
      await lab.worker.stop();
      const restore = await lab.apply(await stagedBy(startWorker(lab.server), backup));
      const jobId = (await lab.kept(restore)).safetyJobId ?? '';
      let ending = Promise.resolve<unknown>(null);
      if (running) {
        await lab.server.vault.job.update({
          where: { id: jobId },
          data: { status: 'RUNNING', leaseUntil: new Date(Date.now() + 60_000), fencingToken: 1n },
        });
        ending = endWhenAsked(jobId);
      }
      expect((await lab.undo(restore)).status).toBe('UNDONE');
      await ending;
      expect(await lab.server.vault.job.findUnique({ where: { id: jobId } })).toMatchObject({
        status: 'CANCELLED',
      });
      lab.startWorker();
      expect((await lab.safetyBackup(restore, 'UNDO')).kind).toBe('SAFETY');
    }
  });

  async function stagedBy(helper: TestWorker, backup: Backup): Promise<Restore> {
    const { restore, job } = await requestStage(
      lab.server,
      await lab.may('backup.restore'),
      backup.id,
    );
    await helper.ended(job.id);
    await helper.stop();
    return getRestore(lab.server, restore.id);
  }

  async function endWhenAsked(id: string): Promise<void> {
    for (;;) {
      const job = await lab.server.vault.job.findUniqueOrThrow({ where: { id } });
      if (job.cancelRequestedAt) break;
      await sleep(20);
    }
    const data = { status: 'CANCELLED', endedAt: new Date() };
    await lab.server.vault.job.update({ where: { id }, data });
  }

  test('an undo that fails asks for the SAFETY backup again', async () => {
    const backup = await lab.create('Monday');
    await lab.worker.stop();
    const restore = await lab.apply(await stagedBy(startWorker(lab.server), backup));
    const first = await lab.kept(restore);
    await lab.server.vault.job.update({
      where: { id: first.safetyJobId ?? '' },
      data: { status: 'CANCELLED', endedAt: new Date() },
    });
    await expect(lab.undo(restore, { plantEpoch: 999n })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const second = await lab.kept(restore);
    expect(second.safetyJobId).not.toBe(first.safetyJobId);
    lab.startWorker();
    expect((await lab.safetyBackup(restore)).kind).toBe('SAFETY');
  });

  test('a discarded stage is gone, also while it is made', async () => {
    const backup = await lab.create('Monday');
    const staged = await lab.stage(backup);
    const permit = await lab.may('backup.restore');
    expect((await discardRestore(lab.server, permit, staged.id)).status).toBe('DISCARDED');
    expect(await lab.schemas('plant_stage_')).toEqual([]);
    const { restore, job } = await requestStage(lab.server, permit, backup.id);
    expect((await discardRestore(lab.server, permit, restore.id)).status).toBe('DISCARDED');
    expect(['CANCELLED', 'FAILED']).toContain((await lab.worker.ended(job.id)).status);
    expect((await getRestore(lab.server, restore.id)).status).toBe('DISCARDED');
    await expect.poll(() => lab.schemas('plant_stage_')).toEqual([]);
    await expect(lab.apply(staged)).rejects.toMatchObject({ code: 'CONFLICT' });
    const applied = await lab.apply(await lab.stage(backup));
    await expect(discardRestore(lab.server, permit, applied.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'This restore was applied, so there is no stage to discard.',
    });
    await lab.undo(applied);
    await expect(discardRestore(lab.server, permit, applied.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'This restore was undone already, so there is no stage to discard.',
    });
  });

  test('a stage whose commit got no answer is kept where it was committed', async () => {
    const backup = await lab.create('Monday');
    await lab.worker.stop();
    const unanswered: typeof runStageRestore = async (of, run) =>
      runStageRestore(of, {
        ...run,
        async commit(result, work) {
          await run.commit(result, work);
          throw new Error('Connection terminated unexpectedly');
        },
      });
    lab.startWorker({ STAGE_RESTORE: unanswered });
    const restore = await lab.stage(backup);
    await lab.worker.stop();
    lab.startWorker();
    expect((await lab.apply(restore)).status).toBe('APPLIED');
  });

  test('a swap whose connection is lost leaves the old plant or the new one, and says which', async () => {
    const restore = await lab.stage(await lab.create('Monday'));
    await lab.addPole('after the backup');
    let outcome = 'pending';
    const applying = lab.apply(restore).then(
      () => (outcome = 'done'),
      () => (outcome = 'failed'),
    );
    while (outcome === 'pending') {
      await lab.server.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query ~ '^(LOCK TABLE|ALTER SCHEMA|COMMIT|SET LOCAL)'
            AND pid <> pg_backend_pid() AND state <> 'idle'`,
      );
    }
    await applying;
    const status = (await getRestore(lab.server, restore.id)).status;
    expect(status).toBe(outcome === 'done' ? 'APPLIED' : 'STAGED');
    expect(await lab.polesNamed('after the backup')).toBe(outcome === 'done' ? 0 : 1);
    if (status === 'STAGED') expect((await lab.apply(restore)).status).toBe('APPLIED');
  });
});
