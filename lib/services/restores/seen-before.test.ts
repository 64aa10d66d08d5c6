import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Backup, Restore } from '#generated/vault/client.ts';
import { fileOfCompare, listChanges } from '#services/compare/compare-queries.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { createElement, deleteElement } from '#services/network/edit-element.ts';
import { ana, openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { discardRestore } from './discard-restore.ts';

let lab: RestoreLab;
let backup: Backup;
let restore: Restore;
let compareId: string;

beforeAll(async () => {
  lab = await openRestoreLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());
beforeEach(async () => {
  backup = await lab.create('Monday');
  await addPole();
  compareId = await compare();
  restore = await lab.stage(backup);
});

async function addPole(): Promise<string> {
  const input = { name: 'new', lat: 0, lng: 0 };
  return (await createElement(lab.server, await lab.may('network.edit'), null, 'pole', input)).id;
}

async function compare(): Promise<string> {
  const may = await permitCompare(lab.server, ana);
  const asked = await requestCompare(lab.server, may, { from: backup.id });
  expect((await lab.worker.ended(asked.job.id)).status).toBe('SUCCEEDED');
  return asked.compare.id;
}

test('who saw all that people did restores', async () => {
  expect(await lab.apply(restore, { compareId })).toMatchObject({ status: 'APPLIED' });
  await lab.undo(restore);
});

test('what people do after the compare is told with its number, and nothing happens until that is agreed to', async () => {
  const id = await addPole();
  await deleteElement(lab.server, await lab.may('network.edit'), null, 'pole', id);
  const before = await lab.digest();
  await expect(lab.apply(restore, { compareId })).rejects.toMatchObject({
    code: 'CONFLICT',
    reason: 'changedSinceCompare',
    params: { changes: 2 },
  });
  expect(await lab.digest()).toEqual(before);
  expect(await lab.apply(restore, { compareId, evenIfChanged: true })).toMatchObject({
    status: 'APPLIED',
  });
  await lab.undo(restore);
});

test('a change that was under way while the network was read is told as well', async () => {
  await addPole();
  const slow = await lab.opened.database.connect();
  await slow.query('BEGIN');
  await slow.query(`UPDATE plant.pole SET address = 'begun before'`);
  await slow.query(
    `INSERT INTO vault.audit_event (id, actor_kind, actor_name, action, outcome)
     VALUES (gen_random_uuid(), 'PERSON', 'Rui', 'network.update-pole', 'DONE')`,
  );
  const during = await compare();
  await slow.query('COMMIT');
  await slow.end();
  await expect(lab.apply(restore, { compareId: during })).rejects.toMatchObject({
    reason: 'changedSinceCompare',
    params: { changes: 1 },
  });
  await discardRestore(lab.server, await lab.may('backup.restore'), restore.id);
});

test('where a compare has no snapshot, as those of an earlier version, the time counts', async () => {
  await lab.server.vault.compare.update({ where: { id: compareId }, data: { toSnapshot: null } });
  await addPole();
  await expect(lab.apply(restore, { compareId })).rejects.toMatchObject({
    reason: 'changedSinceCompare',
    params: { changes: 1 },
  });
  await discardRestore(lab.server, await lab.may('backup.restore'), restore.id);
});

test('a compare of another backup counts for nothing', async () => {
  const other = await lab.create('Tuesday');
  const staged = await lab.stage(other);
  await expect(lab.apply(staged, { compareId })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    params: { kind: 'compare' },
  });
});

test('changes are narrowed to a day, and files of removed posts are found by their compare', async () => {
  const may = await permitCompare(lab.server, ana);
  const made = await lab.server.vault.compare.findUniqueOrThrow({ where: { id: compareId } });
  const all = await listChanges(lab.server, may, made, { filter: { tables: ['pole'] } });
  const [{ day } = { day: '' }] = (
    await lab.server.pool.query(`SELECT day::text FROM ${made.scratchSchema}.change LIMIT 1`)
  ).rows;
  const countOn = async (on: string, search: string) =>
    (await listChanges(lab.server, may, made, { filter: { day: on, tables: ['pole'], search } }))
      ?.totalCount;
  expect(all?.totalCount).toBeGreaterThan(0);
  expect(await countOn(day, '')).toBe(all?.totalCount);
  expect(await countOn(day, 'new')).toBe(all?.totalCount);
  expect(await countOn('2020-01-01', '')).toBe(0);
  expect(await fileOfCompare(lab.server, may, compareId, 'no-file')).toBeNull();
});
