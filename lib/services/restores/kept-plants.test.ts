import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureRow } from '#testing/failures.ts';
import { someoneWaits } from '#testing/network.ts';
import { openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { failureColumn } from '#vault/failures.ts';
import { lockPlantState } from '#vault/plant-state.ts';
import { housekeepKeptPlants, migrateKeptPlants } from './kept-plants.ts';
import { canUndo, getRestore } from './restore-queries.ts';

let lab: RestoreLab;

beforeEach(async () => {
  lab = await openRestoreLab();
});

afterEach(() => lab[Symbol.asyncDispose]());

describe('housekeeping', () => {
  const past = new Date(Date.now() - 1000);

  test('drops a kept plant when its window is over and its backup is tested, not before', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    const { schema } = await lab.kept(restore);
    const safety = await lab.tested(await lab.safetyBackup(restore));
    const setSafety = (data: object) =>
      lab.server.vault.backup.update({ where: { id: safety.id }, data });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([schema]);
    await setSafety({ testedAt: null, restoreSeconds: null });
    await lab.server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([schema]);
    const { testedAt } = safety;
    await setSafety({
      testedAt,
      testFailedAt: new Date(),
      testError: failureRow('TEST_FAILED'),
    });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([schema]);
    await setSafety({ testFailedAt: null, testError: failureColumn(null) });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([]);
    expect((await lab.kept(restore)).goneAt).not.toBeNull();
    expect(await canUndo(lab.server, restore)).toBe(false);
  });

  test('keeps a plant whose SAFETY backup is missing, and has it made', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    const { schema } = await lab.kept(restore);
    const safety = await lab.safetyBackup(restore);
    await lab.server.vault.backup.delete({ where: { id: safety.id } });
    await lab.server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await lab.server.vault.job.updateMany({
      data: { endedAt: new Date(0) },
      where: { endedAt: { not: null } },
    });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([schema]);
    await lab.tested(await lab.safetyBackup(restore));
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([]);
  });

  test('has a SAFETY backup that its restore test found damaged made anew, after some hours', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    const { schema } = await lab.kept(restore);
    const damaged = await lab.tested(await lab.safetyBackup(restore));
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const failed = (at: Date) =>
      lab.server.vault.backup.update({
        where: { id: damaged.id },
        data: { testFailedAt: at, testError: failureRow('TEST_FAILED') },
      });
    await lab.server.vault.job.updateMany({
      data: { endedAt: new Date(0) },
      where: { endedAt: { not: null } },
    });
    await failed(hoursAgo(1));
    await housekeepKeptPlants(lab.server);
    expect((await lab.kept(restore)).safetyBackupId).toBe(damaged.id);
    await failed(hoursAgo(7));
    await housekeepKeptPlants(lab.server);
    const anew = await lab.tested(await lab.safetyBackup(restore));
    expect(anew.id).not.toBe(damaged.id);
    await lab.server.vault.keptPlant.update({ where: { schema }, data: { keepUntil: past } });
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_prev_')).toEqual([]);
  });

  test('drops stages that are too old and schemas that nobody claims, and no other', async () => {
    const backup = await lab.create('Monday');
    const [old, good] = [await lab.stage(backup), await lab.stage(backup)];
    await lab.server.vault.restore.update({ where: { id: old.id }, data: { goodUntil: past } });
    await lab.server.pool.query('CREATE SCHEMA plant_stage_dead');
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_stage_')).toEqual([good.stageSchema]);
    expect((await getRestore(lab.server, old.id)).status).toBe('DISCARDED');
    expect((await lab.apply(good)).status).toBe('APPLIED');
  });

  test('drops a stage that a stopped worker still holds on to', async () => {
    const stopped = await lab.server.connect();
    stopped.on('error', () => {});
    await stopped.query('CREATE SCHEMA plant_stage_dead; CREATE TABLE plant_stage_dead.t (a int)');
    await stopped.query('BEGIN; INSERT INTO plant_stage_dead.t VALUES (1)');
    await housekeepKeptPlants(lab.server);
    expect(await lab.schemas('plant_stage_')).toEqual([]);
    await stopped.end().catch(() => {});
  });
});

describe('after an upgrade', () => {
  test('kept plants are brought to the structure of today, so that undo stays possible', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    const { schema } = await lab.kept(restore);
    await lab.safetyBackup(restore);
    await lab.server.pool.query(`DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    await expect(lab.undo(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
    expect(await migrateKeptPlants(lab.server)).toEqual([]);
    expect((await lab.undo(restore)).status).toBe('UNDONE');
  });

  test('a kept plant that cannot be migrated is named and left as it is, and undo refuses it', async () => {
    const restore = await lab.apply(await lab.stage(await lab.create('Monday')));
    const { schema } = await lab.kept(restore);
    await lab.safetyBackup(restore);
    await lab.server.pool.query(`DELETE FROM ${schema}._prisma_migrations`);
    const poles = `SELECT count(*)::int AS count FROM ${schema}.pole`;
    const before = (await lab.server.pool.query(poles)).rows;
    expect(await migrateKeptPlants(lab.server)).toEqual([schema]);
    expect((await lab.server.pool.query(poles)).rows).toEqual(before);
    await expect(lab.undo(restore)).rejects.toMatchObject({ code: 'STAGE_STALE' });
  });

  test('kept plants wait for a swap that is under way', async () => {
    const swapping = await lab.server.connect();
    await swapping.query('BEGIN');
    await lockPlantState(swapping);
    const migrating = migrateKeptPlants(lab.server);
    await someoneWaits(lab.server, 'SELECT epoch');
    await swapping.query('COMMIT');
    await swapping.end();
    expect(await migrating).toEqual([]);
  });
});
