import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Backup, Job, Restore } from '#generated/vault/client.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { createElement, deleteElement } from '#services/network/edit-element.ts';
import { ana, openRestoreLab, type RestoreLab } from '#testing/restores.ts';

let lab: RestoreLab;
let backup: Backup;

beforeAll(async () => {
  lab = await openRestoreLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

/** People add, change and delete after the backup. */
beforeEach(async () => {
  backup = await lab.create('Monday');
  const { plant } = lab.server;
  const may = await lab.may('network.edit');
  await addPole();
  const gone = await plant.pole.findFirstOrThrow({ where: { boxes: { none: {} } } });
  await deleteElement(lab.server, may, null, 'pole', gone.id);
  await plant.client.updateMany({ data: { plan: 'Gold' } });
  await plant.role.create({ data: { name: `Guests of ${backup.id}`, actions: [] } });
});

async function addPole(): Promise<void> {
  const input = { name: 'New', lat: 0, lng: 0 };
  await createElement(lab.server, await lab.may('network.edit'), null, 'pole', input);
}

async function seen(): Promise<{ compareId: string; restore: Restore }> {
  const may = await permitCompare(lab.server, ana);
  const asked = await requestCompare(lab.server, may, { from: backup.id });
  expect((await lab.worker.ended(asked.job.id)).status).toBe('SUCCEEDED');
  return { compareId: asked.compare.id, restore: await lab.stage(backup) };
}

const checksOf = ({ id }: Restore) =>
  lab.server.vault.job.findMany({
    where: { kind: 'CHECK_RESTORE', input: { path: ['restoreId'], equals: id } },
  });

async function checked(restore: Restore): Promise<Job> {
  const [job] = await checksOf(restore);
  if (!job) throw new Error('no check');
  return lab.worker.ended(job.id);
}

const asAnnounced = async ({ id }: Restore) =>
  (await lab.server.vault.restore.findUniqueOrThrow({ where: { id } })).asAnnounced;

test('a restore that did what its preview said is known to have done so', async () => {
  const { compareId, restore } = await seen();
  await lab.apply(restore, { compareId });
  expect(await checked(restore)).toMatchObject({ error: null, status: 'SUCCEEDED' });
  expect(await asAnnounced(restore)).toBe(true);
  await lab.undo(restore);
});

test.each([
  // One without boxes may have been deleted since, and comes back however it looks.
  [
    'a changed',
    `UPDATE %.pole SET address = 'elsewhere'
      WHERE id = (SELECT pole_id FROM %.box WHERE pole_id IS NOT NULL LIMIT 1)`,
  ],
  ['a lacking', 'DELETE FROM %.cable WHERE id = (SELECT id FROM %.cable LIMIT 1)'],
  ['one more', `INSERT INTO %.tag (id, name) VALUES (gen_random_uuid(), 'Nobody made it')`],
])('%s row in the stage is told after the restore, which can be undone', async (_, sql) => {
  const { compareId, restore } = await seen();
  const before = await lab.digest();
  const { stageSchema } = restore;
  await lab.server.pool.query(sql.replaceAll('%', stageSchema));
  await lab.apply(restore, { compareId });
  const { status, error } = await checked(restore);
  expect(status).toBe('FAILED');
  expect(error).toMatchObject({ code: 'RESTORE_DIFFERS' });
  expect(await asAnnounced(restore)).toBe(false);
  await lab.undo(restore);
  expect(await lab.digest()).toEqual(before);
});

test('where people went on working, a difference says nothing', async () => {
  const { compareId, restore } = await seen();
  await lab.worker.stop();
  await lab.apply(restore, { compareId });
  await addPole();
  lab.startWorker();
  expect(await checked(restore)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await asAnnounced(restore)).toBeNull();
  await lab.undo(restore);
});

test('a restore that was undone meanwhile is not checked any more', async () => {
  const { compareId, restore } = await seen();
  await lab.worker.stop();
  await lab.apply(restore, { compareId });
  const undone = lab.undo(restore);
  lab.startWorker();
  await undone;
  expect(await checked(restore)).toMatchObject({ status: 'SUCCEEDED' });
  expect([null, true]).toContain(await asAnnounced(restore));
});

test('where nobody saw a preview, there is nothing to check', async () => {
  const { restore } = await seen();
  await lab.apply(restore);
  expect(await checksOf(restore)).toEqual([]);
  await lab.undo(restore);
});
