import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type DestinationLab, openDestinationLab } from '#testing/destinations.ts';
import { deleteBackup } from '../backups/delete-backup.ts';
import type { DestinationView } from './destination-queries.ts';
import { requestDueSends } from './due-sends.ts';
import { requestFetch } from './fetch-backup.ts';
import { updateDestination } from './set-up-destination.ts';
import { enqueueTend } from './tend-destination.ts';

async function objectsIn(folder: string, of: string): Promise<string[]> {
  const found = await readdir(path.join(folder, of), { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map((one) => path.join(one.parentPath, one.name));
}

/** Waits until no job is under way but sweeps, which wait long. */
async function settled({ server, worker }: DestinationLab): Promise<void> {
  for (;;) {
    const job = await server.vault.job.findFirst({
      where: { endedAt: null, kind: { not: 'SWEEP' } },
    });
    if (!job) return;
    await worker.ended(job.id);
  }
}

/** What a sweep does once its grace is over. */
async function sweepAll({ server, opened }: DestinationLab): Promise<void> {
  await server.pool.query('DELETE FROM vault.chunk');
  await rm(path.join(opened.dataDir, 'vault', 'chunks'), { recursive: true });
}

async function tend(lab: DestinationLab, { id }: DestinationView) {
  await lab.server.vault.$transaction((tx) => enqueueTend(tx, id));
  const job = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'TEND_DESTINATION', endedAt: null },
  });
  return lab.worker.ended(job.id);
}

test('what somebody deleted or altered there is sent again, and nothing is removed then', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(to, backup);
  await settled(lab);
  const [gone = '', altered = ''] = await objectsIn(lab.folder, 'chunks');
  const before = await readFile(altered);
  await rm(gone);
  await writeFile(altered, 'something else');
  await lab.server.vault.destination.update({ where: { id: to.id }, data: { listedAt: null } });
  await lab.server.pool.query(
    "UPDATE vault.external_object SET checked_at = 'epoch' WHERE name = $1",
    [path.relative(lab.folder, altered)],
  );
  const job = await tend(lab, to);
  expect(job).toMatchObject({
    status: 'SUCCEEDED',
    result: { mended: '2', damaged: '2', lost: '0' },
  });
  expect((await readFile(gone)).length).toBeGreaterThan(0);
  expect(await readFile(altered)).toEqual(before);
  expect(await lab.view(to)).toMatchObject({ state: 'OK', lostObjects: 0 });
});

test('what is gone there and here is told as lost', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(to, backup);
  await settled(lab);
  await deleteBackup(lab.server, await lab.may('backup.delete'), backup.id);
  await settled(lab);
  await sweepAll(lab);
  for (const file of await objectsIn(lab.folder, 'chunks')) await rm(file);
  await lab.server.vault.destination.update({ where: { id: to.id }, data: { listedAt: null } });
  expect(await tend(lab, to)).toMatchObject({ status: 'SUCCEEDED' });
  const view = await lab.view(to);
  expect(view).toMatchObject({ state: 'DAMAGED' });
  expect(view.lostObjects).toBeGreaterThan(0);
});

test('a backup that was deleted here stays there, and comes back whole', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(to, backup);
  const before = await lab.digest();
  await lab.addPole('later');
  await settled(lab);
  await deleteBackup(lab.server, await lab.may('backup.delete'), backup.id);
  await settled(lab);
  await sweepAll(lab);
  expect(await lab.view(to)).toMatchObject({ newest: { name: 'Monday', status: 'HERE' } });
  const ids = { backupId: backup.id, destinationId: to.id };
  const asked = await requestFetch(lab.server, await lab.may('backup.upload'), ids);
  expect(await lab.worker.ended(asked.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  const back = await lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
  expect(back).toMatchObject({
    name: 'Monday',
    pinned: true,
    manifestSha256: backup.manifestSha256,
  });
  await lab.apply(await lab.stage(back));
  expect(await lab.digest()).toEqual(before);
  await expect(requestFetch(lab.server, await lab.may('backup.upload'), ids)).rejects.toMatchObject(
    {
      code: 'ALREADY_HERE',
    },
  );
});

test('retention there is its own: condemned, kept for the grace, then gone with what only it needed', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination(automatic);
  await sendTwo(lab, to);
  const chunks = (await objectsIn(lab.folder, 'chunks')).length;
  const statuses = () => statusesIn(lab, to);
  expect(await statuses()).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  expect((await objectsIn(lab.folder, 'manifests')).length).toBe(2);
  await lab.server.pool.query(
    "UPDATE vault.external_copy SET condemned_at = condemned_at - interval '25 hours'",
  );
  await tend(lab, to);
  expect(await statuses()).toEqual({ Second: 'HERE' });
  expect((await objectsIn(lab.folder, 'manifests')).length).toBe(1);
  expect((await objectsIn(lab.folder, 'chunks')).length).toBe(chunks);
  await lab.server.pool.query(
    "UPDATE vault.external_object SET condemned_at = condemned_at - interval '25 hours'",
  );
  expect(await tend(lab, to)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await objectsIn(lab.folder, 'chunks')).length).toBeLessThan(chunks);
  await lab.server.vault.externalCopy.updateMany({ data: { testedAt: null } });
  await tend(lab, to);
  const test = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'TEST_COPY' },
    orderBy: { createdAt: 'desc' },
  });
  expect(await lab.worker.ended(test.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
});

test('a place that is away fails alone, is tried again later, and says when it is good again', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  await rename(lab.folder, `${lab.folder}-away`);
  const backup = await lab.create('Monday');
  expect(await lab.send(to, backup)).toMatchObject({
    status: 'FAILED',
    error: { reason: 'placeMissing' },
  });
  const failing = await lab.view(to);
  expect(failing).toMatchObject({ state: 'FAILING', error: { reason: 'placeMissing' } });
  expect(failing.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now());
  await requestDueSends(lab.server);
  expect(await lab.server.vault.job.count({ where: { kind: 'SEND_BACKUP', endedAt: null } })).toBe(
    0,
  );
  await rename(`${lab.folder}-away`, lab.folder);
  await updateDestination(lab.server, await lab.may('backup.configure'), to.id, { name: 'NAS 2' });
  await requestDueSends(lab.server);
  await settled(lab);
  expect(await lab.view(to)).toMatchObject({ state: 'OK', error: null, failingSince: null });
});

const automatic = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };

/** Sends both as the backups of two nights, of which retention there keeps the second. */
async function sendTwo(lab: DestinationLab, to: DestinationView) {
  const first = await lab.create('First');
  await lab.addPole('of the second');
  const second = await lab.create('Second');
  await lab.server.vault.backup.updateMany({ data: { kind: 'AUTOMATIC' } });
  for (const { id } of [first, second])
    await lab.sent(to, await lab.server.vault.backup.findUniqueOrThrow({ where: { id } }));
  // What people send by hand is kept.
  await lab.server.vault.externalCopy.updateMany({ data: { kept: false, kind: 'AUTOMATIC' } });
  await settled(lab);
  await lab.server.vault.externalCopy.updateMany({ data: { testedAt: null } });
  await tend(lab, to);
  return { first, second };
}

const statusesIn = async (lab: DestinationLab, to: DestinationView) =>
  Object.fromEntries((await lab.view(to)).copies.map(({ name, status }) => [name, status]));

async function graceIsOver({ server }: DestinationLab): Promise<void> {
  for (const table of ['external_copy', 'external_object'])
    await server.pool.query(
      `UPDATE vault.${table} SET condemned_at = condemned_at - interval '25 hours'`,
    );
}

test('a condemned copy that is wanted again lives on', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination(automatic);
  const { first } = await sendTwo(lab, to);
  expect(await statusesIn(lab, to)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
  await lab.server.vault.backup.update({ where: { id: first.id }, data: { pinned: true } });
  await graceIsOver(lab);
  await tend(lab, to);
  expect(await statusesIn(lab, to)).toEqual({ First: 'HERE', Second: 'HERE' });
  expect(await lab.view(to)).toMatchObject({ state: 'OK', lostObjects: 0 });
});

test('a copy that is sent again stays whole though that fails', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(to, backup);
  await settled(lab);
  await rename(path.join(lab.folder, 'owner'), path.join(lab.folder, 'away'));
  expect(await lab.send(to, backup)).toMatchObject({ status: 'FAILED' });
  await rename(path.join(lab.folder, 'away'), path.join(lab.folder, 'owner'));
  await deleteBackup(lab.server, await lab.may('backup.delete'), backup.id);
  await tend(lab, to);
  expect(await statusesIn(lab, to)).toEqual({ Monday: 'HERE' });
});

test('what is altered here too is not taken for whole, and nothing is removed while anything is lost', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination(automatic);
  await sendTwo(lab, to);
  const [gone = ''] = await objectsIn(lab.folder, 'chunks');
  const name = path.relative(lab.folder, gone);
  await rm(gone);
  await writeFile(path.join(lab.opened.dataDir, 'vault', name), 'rotten');
  await lab.server.vault.destination.update({ where: { id: to.id }, data: { listedAt: null } });
  await graceIsOver(lab);
  for (let n = 0; n < 2; n++) {
    expect(await tend(lab, to)).toMatchObject({ result: { mended: '0', lost: '1', removed: '0' } });
    expect(await lab.view(to)).toMatchObject({ state: 'DAMAGED', lostObjects: 1 });
  }
  expect((await objectsIn(lab.folder, 'manifests')).length).toBe(2);
});

test('an object that was cut short is found by the daily listing', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  await lab.sent(to, await lab.create('Monday'));
  await settled(lab);
  for (const file of await objectsIn(lab.folder, 'chunks')) await writeFile(file, '');
  await lab.server.vault.destination.update({ where: { id: to.id }, data: { listedAt: null } });
  await tend(lab, to);
  expect(await lab.view(to)).toMatchObject({ state: 'OK', lostObjects: 0 });
  for (const file of await objectsIn(lab.folder, 'chunks'))
    expect((await readFile(file)).length).toBeGreaterThan(0);
});

test('a destination that is turned off is left alone', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination(automatic);
  await sendTwo(lab, to);
  await graceIsOver(lab);
  await updateDestination(lab.server, await lab.may('backup.configure'), to.id, { enabled: false });
  expect(await tend(lab, to)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await statusesIn(lab, to)).toEqual({ First: 'CONDEMNED', Second: 'HERE' });
});

test('a copy whose restore test failed is told until one succeeds', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(to, backup);
  await settled(lab);
  await lab.server.vault.externalCopy.updateMany({ data: { testFailedAt: new Date() } });
  expect(await lab.view(to)).toMatchObject({ state: 'DAMAGED' });
  await tend(lab, to);
  expect(await lab.view(to)).toMatchObject({ state: 'DAMAGED' });
});
