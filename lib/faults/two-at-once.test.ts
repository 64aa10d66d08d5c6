import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { localActor } from '#services/permit.ts';
import { discardRestore } from '#services/restores/discard-restore.ts';
import { getRestore } from '#services/restores/restore-queries.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { assertWhole } from './whole.ts';
import { may, type Plant, World } from './world.ts';

let database: TestDatabase;
let world: World;
let backup: Backup;
let before: Plant;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url, { poles: 60, files: 1 });
  backup = await world.backup('a backup');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await world.goOn('later');
  before = await world.plant();
});

afterEach(() => world.settle());

/** `done`, or the error code. */
async function outcome(doing: Promise<unknown>): Promise<string> {
  return doing.then(
    () => 'done',
    (refused) => String(refused.code),
  );
}

const both = (...doing: Promise<unknown>[]) => Promise.all(doing.map(outcome));

describe('at the same instant', () => {
  test('two people who apply two backups: one wins, the other is told to look again', async () => {
    const [one, two] = [await world.stage(backup), await world.stage(backup)];
    const staged = await world.plant(one.stageSchema);
    expect((await both(world.apply(one), world.apply(two))).sort()).toEqual(['CONFLICT', 'done']);
    expect(await world.plant()).toEqual(staged);
  });

  test('many who apply one restore: one wins, the others hear that it is applied', async () => {
    const restore = await world.stage(backup);
    const outcomes = await both(...Array.from({ length: 5 }, () => world.apply(restore)));
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    for (const one of outcomes)
      expect(['done', 'CONFLICT', 'RESTORE_ALREADY_APPLIED']).toContain(one);
  });

  test('an apply and the undo of the last one: one wins, and the plant is one of the two', async () => {
    const first = await world.apply(await world.stage(backup));
    await world.goOn('between');
    await world.settle();
    const second = await world.stage(backup);
    const staged = await world.plant(second.stageSchema);
    const outcomes = await both(world.apply(second), world.undo(first));
    expect(outcomes.sort()).toEqual(['CONFLICT', 'done']);
    const applied = (await getRestore(world.server, second.id)).status === 'APPLIED';
    expect((await getRestore(world.server, first.id)).status).toBe(applied ? 'APPLIED' : 'UNDONE');
    expect(await world.plant()).toEqual(applied ? staged : before);
  });

  test('two who undo: one wins', async () => {
    const restore = await world.apply(await world.stage(backup));
    expect((await both(world.undo(restore), world.undo(restore))).sort()).toEqual([
      'CONFLICT',
      'done',
    ]);
    expect(await world.plant()).toEqual(before);
  });

  test('an apply and the discarding of its stage: never both', async () => {
    for (let round = 0; round < 4; round++) {
      const restore = await world.stage(backup);
      const discarding = async () =>
        discardRestore(world.server, await may(world.server, 'backup.restore'), restore.id);
      const [applied, discarded] = await both(world.apply(restore), discarding());
      const { status } = await getRestore(world.server, restore.id);
      expect([applied, status]).toEqual(
        status === 'APPLIED' ? ['done', 'APPLIED'] : ['CONFLICT', 'DISCARDED'],
      );
      if (status === 'APPLIED') expect(['CONFLICT', 'done']).toContain(discarded);
    }
  });

  test('a deletion and a stage of one backup: never both', async () => {
    for (let round = 0; round < 4; round++) {
      const doomed = await world.backup(`doomed ${round}`);
      const outcomes = await both(world.delete(doomed), world.requestStage(doomed.id));
      expect([
        ['done', 'NOT_FOUND'],
        ['BACKUP_IN_USE', 'done'],
      ]).toContainEqual(outcomes);
    }
  });

  test('two deletions of one backup: it is gone once, and nobody sees a fault of the server', async () => {
    const doomed = await world.backup('doomed');
    for (const one of await both(world.delete(doomed), world.delete(doomed)))
      expect(['done', 'NOT_FOUND']).toContain(one);
    expect(
      await world.server.vault.auditEvent.count({
        where: { action: 'backup.delete', outcome: 'DONE', targetId: doomed.id },
      }),
    ).toBe(1);
  });

  test('a double click on create: two backups, each whole, one after the other', async () => {
    await Promise.all([world.requestBackup('twin'), world.requestBackup('twin')]);
    await world.settle();
    const twins = await world.server.vault.backup.findMany({ where: { name: 'twin' } });
    expect(twins).toHaveLength(2);
    expect(await world.plant()).toEqual(before);
  });

  test('two who cancel one job: one wins, and it has ended once', async () => {
    const job = await world.requestBackup('unwanted');
    const cancel = () => cancelJob(world.server, localActor('Ana'), job.id);
    expect((await both(cancel(), cancel())).sort()).toEqual(['CONFLICT', 'done']);
    await world.settle();
    expect(await world.job(job.id)).toMatchObject({ status: 'CANCELLED' });
    await assertWhole(world, before);
  });
});

test('after all of that everything is whole', async () => {
  await assertWhole(world, await world.plant());
});
