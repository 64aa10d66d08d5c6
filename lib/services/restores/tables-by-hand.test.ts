import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { readHealth } from '../health/health.ts';
import { updateNotificationSettings } from '../notifications/notification-settings.ts';
import { localActor, permitInPerson } from '../permit.ts';
import { requestTest } from '../restore-tests/test-backup.ts';
import { leftOutOf } from './not-restorable.ts';

let lab: RestoreLab;

beforeEach(async () => {
  lab = await openRestoreLab();
  await lab.server.pool.query(`
    CREATE TABLE plant."notas à mão" (id int PRIMARY KEY, pole_id uuid REFERENCES plant.pole (id) ON DELETE CASCADE, text text);
    INSERT INTO plant."notas à mão" SELECT row_number() OVER (), id, 'nota ' || name FROM plant.pole;
    ALTER TABLE plant.tag ADD COLUMN note text DEFAULT E'hand\\tmade';
    ALTER TABLE plant.tag ADD COLUMN rank int NOT NULL DEFAULT 3`);
});
afterEach(() => lab[Symbol.asyncDispose]());

const BY_HAND = [
  { table: 'notas à mão', columns: null, reason: 'MADE_BY_HAND' },
  { table: 'tag', columns: ['note', 'rank'], reason: 'MADE_BY_HAND' },
];

async function addWays(): Promise<void> {
  const may = await permitInPerson(lab.server, localActor('Ana'), 'backup.configure');
  const email = { host: '127.0.0.1', from: 'a@example.net', to: ['b@example.net'] };
  await updateNotificationSettings(lab.server, may, { email });
}

const rowsByHand = async (schema: string) =>
  (await lab.server.pool.query(`SELECT count(*)::int AS rows FROM ${schema}."notas à mão"`)).rows[0]
    .rows;

test('what was made by hand is in the backup, marked; the rest is restored, and undo brings all of it back', async () => {
  const before = await lab.digest();
  const backup = await lab.create('Monday');
  expect(backup.notRestorable).toEqual(BY_HAND);
  const tables = backup.tables as { name: string; rows: number }[];
  expect(tables.find(({ name }) => name === 'notas à mão')?.rows).toBe(100);
  await lab.addPole('after the backup');

  const restore = await lab.stage(backup);
  expect(await leftOutOf(lab.server, restore)).toEqual(BY_HAND);
  await lab.apply(restore);
  expect(await lab.polesNamed('after the backup')).toBe(0);
  const { 'notas à mão': _gone, tag: _otherColumns, ...rest } = before;
  expect(await lab.digest()).toMatchObject(rest);
  const columns = await lab.server.pool.query('SELECT * FROM plant.tag LIMIT 1');
  expect(columns.fields.map(({ name }) => name)).not.toContain('note');
  expect(await lab.server.plant.tag.count()).toBe(tables.find(({ name }) => name === 'tag')?.rows);
  await expect(rowsByHand('plant')).rejects.toMatchObject({ code: '42P01' });

  await lab.undo(restore);
  expect(await rowsByHand('plant')).toBe(100);
});

test('the SAFETY backup with the last copy of it is pinned, so that nothing removes it unasked', async () => {
  const restore = await lab.stage(await lab.create('Monday'));
  await lab.apply(restore);
  expect(await lab.safetyBackup(restore)).toMatchObject({ pinned: true, notRestorable: BY_HAND });
  const next = await lab.create('Tuesday');
  expect(next).toMatchObject({ pinned: false, notRestorable: [] });
});

test('a table made by hand since the backup is said to go, before the restore', async () => {
  const backup = await lab.create('Monday');
  await lab.server.pool.query('CREATE TABLE plant.later (id int)');
  expect(await leftOutOf(lab.server, await lab.stage(backup))).toEqual([
    { table: 'later', columns: null, reason: 'MADE_BY_HAND' },
    ...BY_HAND,
  ]);
});

test('a restore test of the rest succeeds', async () => {
  const backup = await lab.create('Monday');
  const job = await requestTest(lab.server, await lab.may('backup.create'), backup.id);
  expect(await lab.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  const { testedAt } = await lab.server.vault.backup.findUniqueOrThrow({
    where: { id: backup.id },
  });
  expect(testedAt).not.toBeNull();
});

test('a table that is missing is marked when the backup is made, and the backup cannot be restored', async () => {
  await lab.server.pool.query(
    'DROP TABLE plant.post_tag; ALTER TABLE plant.box DROP COLUMN template',
  );
  const backup = await lab.create('Monday');
  expect(backup.notRestorable).toEqual([
    { table: 'box', columns: ['template'], reason: 'MISSING' },
    BY_HAND[0],
    { table: 'post_tag', columns: null, reason: 'MISSING' },
    BY_HAND[1],
  ]);
  await expect(lab.stage(backup)).rejects.toThrow('tablesUnlikeMigrations');
});

test('health warns as long as the newest backup has what cannot be restored', async () => {
  const backup = await lab.create('Monday');
  const found = (await readHealth(lab.server)).problems.filter(
    ({ code }) => code === 'NOT_RESTORABLE',
  );
  expect(found).toMatchObject([
    {
      level: 'WARNING',
      backup: { id: backup.id },
      summary: { reason: 'tablesMadeByHand', params: { tables: 'notas à mão, tag (note, rank)' } },
    },
  ]);
  await lab.server.pool.query(
    'DROP TABLE plant."notas à mão"; ALTER TABLE plant.tag DROP COLUMN note, DROP COLUMN rank',
  );
  await lab.create('Tuesday');
  const left = (await readHealth(lab.server)).problems.map(({ code }) => code);
  expect(left).not.toContain('NOT_RESTORABLE');
});

test('people are notified once, when the first backup has it, and again of another table', async () => {
  await addWays();
  await lab.create('Monday');
  await lab.create('Tuesday');
  await lab.server.pool.query('CREATE TABLE plant.later (id int)');
  await lab.create('Wednesday');
  const told = await lab.server.vault.notification.findMany({
    where: { event: 'NOT_RESTORABLE' },
    orderBy: { createdAt: 'asc' },
  });
  expect(told.map(({ data }) => data)).toMatchObject([
    { backup: { name: 'Monday' }, tables: BY_HAND },
    { backup: { name: 'Wednesday' }, tables: [{ table: 'later' }, ...BY_HAND] },
  ]);
});
