import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { catalogued } from '#testing/catalogue.ts';
import { ANA, ana, openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { deleteBackup } from '../backups/delete-backup.ts';
import { permitCompare } from '../compare/permit-compare.ts';
import { requestCompare } from '../compare/request-compare.ts';
import { readHealth } from '../health/health.ts';
import { readMetrics } from '../health/metrics.ts';
import { deleteElement } from '../network/edit-element.ts';
import type { Action } from '../permit.ts';
import { newestUnusual } from './changes-rows.ts';
import { dropAbandonedCounts } from './count-changes.ts';
import { shownChanges } from './shown-changes.ts';

let lab: RestoreLab;
let first: Backup;

beforeAll(async () => {
  lab = await openRestoreLab();
  first = await lab.create('First');
});
afterAll(() => lab?.[Symbol.asyncDispose]());

/** The backup once its changes are counted. */
async function counted({ id }: Backup): Promise<Backup> {
  const job = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'COUNT_CHANGES', input: { path: ['backupId'], equals: id } },
  });
  const ended = await lab.worker.ended(job.id);
  expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
  return lab.server.vault.backup.findUniqueOrThrow({ where: { id } });
}

const countJobs = (backup: Backup) =>
  lab.server.vault.job.count({
    where: { kind: 'COUNT_CHANGES', input: { path: ['backupId'], equals: backup.id } },
  });

const shownTo = (backup: Backup, ...actions: Action[]) =>
  shownChanges({ actions: new Set(actions) }, backup);

test('the first backup has no changes, because nothing was before it', async () => {
  expect(first).toMatchObject({ changes: null, changesSince: null });
  expect(await countJobs(first)).toBe(0);
});

test('a backup says what changed since the one before, by table and person', async () => {
  const { plant } = lab.server;
  const [removed, renamed, byNobody] = await plant.pole.findMany({
    where: { boxes: { none: {} }, posts: { none: {} } },
    take: 3,
    orderBy: { id: 'asc' },
  });
  if (!removed || !renamed || !byNobody) throw new Error('no poles');
  await deleteElement(lab.server, await lab.may('network.edit'), null, 'pole', removed.id);
  await plant.pole.update({
    where: { id: renamed.id },
    data: { name: 'Renamed', updatedById: ANA, updatedAt: new Date() },
  });
  await plant.pole.update({ where: { id: byNobody.id }, data: { name: 'Of nobody' } });
  await plant.pole.create({
    data: { name: 'New', lat: 0, lng: 0, createdById: ANA, projectId: renamed.projectId },
  });
  await plant.role.create({ data: { name: 'Guests', actions: [] } });

  const backup = await counted(await lab.create('Second'));
  expect(backup.changesSince).toBe(first.id);
  const all = shownTo(backup, 'backup.compare', 'network.view', 'users.manage');
  expect(all?.map(({ table }) => table)).toContain('role');
  const poles = all?.find(({ table }) => table === 'pole');
  expect(poles).toMatchObject({ added: 1, changed: 2, removed: 1 });
  expect(poles?.people).toContainEqual(
    expect.objectContaining({ id: ANA, name: ana.name, added: 1, removed: 1 }),
  );
  const id = byNobody.updatedById ?? byNobody.createdById;
  expect(poles?.people).toContainEqual(
    expect.objectContaining({ id, changed: id === ANA ? 2 : 1 }),
  );

  const withoutRights = shownTo(backup, 'backup.view');
  expect(withoutRights?.map(({ table }) => table)).not.toContain('role');
  expect(withoutRights?.every(({ people }) => people === null)).toBe(true);
});

test('where nothing changed, the changes are known and none', async () => {
  const backup = await counted(await lab.create('Third'));
  expect(backup.changes).toEqual([]);
});

test('far more than usual is told once, until somebody compares it', async () => {
  const { vault, plant, pool } = lab.server;
  const usual = await pool.query<{ n: number }>(
    `UPDATE vault.backup SET changes = '[]', changes_since = $1 WHERE changes IS NULL`,
    [first.id],
  );
  expect(usual.rowCount).toBe(1);
  for (let n = 0; n < 6; n++)
    await catalogued(lab.server, {
      kind: 'AUTOMATIC',
      createdAt: new Date(first.createdAt.getTime() - (n + 1) * 3_600_000),
      changes: [{ table: 'pole', person: null, name: null, added: 3, changed: 2, removed: 1 }],
      changesSince: first.id,
    });
  const mail = {
    mailHost: '127.0.0.1',
    mailPort: 25,
    mailSecurity: 'NONE',
    mailFrom: 'a@b.example',
  };
  await vault.notificationSettings.create({
    data: { id: 1, events: ['UNUSUAL_CHANGES'], locale: 'en', ...mail, mailTo: ['c@d.example'] },
  });
  await plant.client.deleteMany();

  const backup = await counted(await lab.create('Something is wrong'));
  expect(backup.anomaly).toMatchObject({ usualRemoved: 1, usualChanged: 2 });
  const told = () => vault.notification.count({ where: { event: 'UNUSUAL_CHANGES' } });
  expect(await told()).toBe(1);
  const { problems } = await readHealth(lab.server);
  const problem = problems.find(({ code }) => code === 'UNUSUAL_CHANGES');
  expect(problem).toMatchObject({ level: 'WARNING', backup: { id: backup.id } });
  expect((await readMetrics(lab.server)).text).toMatch(
    /fiberkeep_changed_rows\{kind="removed"\} \d/,
  );

  await counted(await lab.create('An ordinary one'));
  expect(await newestUnusual(vault, lab.server.now())).toMatchObject({ id: backup.id });
  const by = await permitCompare(lab.server, ana);
  const { job } = await requestCompare(lab.server, by, { from: first.id });
  expect(await lab.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await newestUnusual(vault, lab.server.now())).toBeNull();
  expect(await told()).toBe(1);
});

test('a restore explains whatever changed', async () => {
  const restore = await lab.stage(first);
  await lab.apply(restore);
  const backup = await counted(await lab.create('After a restore'));
  expect(backup.changes).not.toEqual([]);
  expect(backup.anomaly).toBeNull();
});

test('nothing is counted from a backup of another structure', async () => {
  await lab.server.vault.backup.updateMany({ data: { structure: [{ name: '0', checksum: '' }] } });
  const backup = await lab.create('After an update');
  expect(await countJobs(backup)).toBe(0);
  expect(backup.changes).toBeNull();
});

test('a backup that is deleted before its changes are counted leaves nothing behind', async () => {
  await lab.worker.stop();
  const failing = () => Promise.reject(new Error('not now'));
  lab.startWorker({ COUNT_CHANGES: failing });
  const doomed = await lab.create('Doomed');
  expect(doomed.status).toBe('READY');
  await lab.worker.stop();
  await deleteBackup(lab.server, await lab.may('backup.delete'), doomed.id);
  await lab.server.vault.job.updateMany({
    where: { kind: 'COUNT_CHANGES', input: { path: ['backupId'], equals: doomed.id } },
    data: { status: 'QUEUED', endedAt: null, error: undefined },
  });
  lab.startWorker();
  const job = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'COUNT_CHANGES', input: { path: ['backupId'], equals: doomed.id } },
  });
  expect(await lab.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await lab.schemas('changes_')).toEqual([]);
});

test('a count whose worker died leaves a schema, and housekeeping drops it', async () => {
  const schema = `changes_${'0'.repeat(40)}`;
  await lab.server.pool.query(`CREATE SCHEMA ${schema}`);
  await dropAbandonedCounts(lab.server);
  expect(await lab.schemas('changes_')).toEqual([]);
});
