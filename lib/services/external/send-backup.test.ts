import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDestinationLab } from '#testing/destinations.ts';
import { readHealth } from '../health/health.ts';
import { readMetrics } from '../health/metrics.ts';
import { runNightNow } from '../schedule/run-night-now.ts';
import { updateSchedule } from '../schedule/schedule.ts';
import { deleteDestination } from './destinations.ts';
import { requestSend, runSendBackup } from './send-backup.ts';
import { createDestination } from './set-up-destination.ts';
import { enqueueTend } from './tend-destination.ts';

async function objectsIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => path.relative(folder, path.join(one.parentPath, one.name)));
}

test('a backup is sent with all that it needs, and comes back from there alone', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  expect(to).toMatchObject({ name: 'NAS', kind: 'FOLDER', state: 'EMPTY', url: lab.url });
  const backup = await lab.create('Monday');
  const job = await lab.sent(to, backup);
  const objects = await objectsIn(lab.folder);
  expect(objects).toContain(backup.manifestObject);
  expect(objects.filter((name) => name.startsWith('chunks/')).length).toBe(
    Number((job.result as { objects: string }).objects) - 1,
  );
  const tend = await lab.server.vault.job.findFirstOrThrow({ where: { kind: 'TEND_DESTINATION' } });
  expect(await lab.worker.ended(tend.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  const tested = await lab.server.vault.job.findFirstOrThrow({ where: { kind: 'TEST_COPY' } });
  expect(await lab.worker.ended(tested.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  const view = await lab.view(to);
  expect(view).toMatchObject({ state: 'OK', lagHours: 0, error: null, lostObjects: 0 });
  expect(view.newest).toMatchObject({ backupId: backup.id, status: 'HERE', testFailedAt: null });
  expect(view.newest?.testedAt).not.toBeNull();
});

test('what lies there already is not sent again', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  await lab.sent(to, await lab.create('Monday'));
  await lab.addPole('new');
  const job = await lab.sent(to, await lab.create('Tuesday'));
  const { objects } = job.result as { objects: string };
  expect(Number(objects)).toBeLessThan(6);
  const again = await lab.sent(
    to,
    await lab.server.vault.backup.findFirstOrThrow({ where: { name: 'Tuesday' } }),
  );
  expect((again.result as { objects: string }).objects).toBe('0');
});

test('a backup without files is refused, and nights hold files while a destination is on', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const made = await lab.create('Without files');
  await lab.server.vault.backup.update({ where: { id: made.id }, data: { includesFiles: false } });
  const ids = { backupId: made.id, destinationId: to.id };
  await expect(requestSend(lab.server, await lab.may('backup.create'), ids)).rejects.toMatchObject({
    code: 'CONFLICT',
    reason: 'backupHasNoFiles',
  });
  await updateSchedule(lab.server, await lab.may('backup.configure'), { includeFiles: false });
  const { night } = await runNightNow(lab.server, await lab.may('backup.create'));
  const job = await lab.worker.ended(night.jobId ?? '');
  expect(job).toMatchObject({ status: 'SUCCEEDED', input: { includeFiles: true } });
});

test('a worker that is killed while it sends leaves nothing that the next does not know', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  const broken = new Error('killed');
  await lab.worker.stop();
  let puts = 0;
  lab.startWorker({
    SEND_BACKUP: (server, run) =>
      runSendBackup(server, {
        ...run,
        report: () => {
          if (++puts === 1) throw broken;
        },
      }),
  });
  expect(await lab.send(to, backup)).toMatchObject({ status: 'FAILED' });
  const known = await lab.server.vault.externalObject.findMany({ select: { name: true } });
  const names = new Set(known.map(({ name }) => name));
  for (const name of await objectsIn(lab.folder))
    if (!name.startsWith('owner')) expect(names).toContain(name);
  expect(await objectsIn(lab.folder)).not.toContain(backup.manifestObject);
  await lab.worker.stop();
  lab.startWorker();
  await lab.sent(to, backup);
  expect(await objectsIn(lab.folder)).toContain(backup.manifestObject);
});

test('a second click asks for nothing more, and other files there are left alone', async () => {
  await using lab = await openDestinationLab();
  const to = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.worker.stop();
  const ids = { backupId: backup.id, destinationId: to.id };
  const click = async () => requestSend(lab.server, await lab.may('backup.create'), ids);
  const [first, second] = await Promise.all([click(), click()]);
  expect(second.id).toBe(first.id);
  const strange = ['chunks/ab/note.txt', 'Thumbs.db', 'manifests/.hidden', 'lost+found/x'];
  for (const name of strange) {
    await mkdir(path.dirname(path.join(lab.folder, name)), { recursive: true });
    await writeFile(path.join(lab.folder, name), 'theirs');
  }
  lab.startWorker();
  await lab.sent(to, backup);
  const { id } = await lab.server.vault.job.findFirstOrThrow({
    where: { kind: 'TEND_DESTINATION' },
  });
  expect(await lab.worker.ended(id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  expect(await objectsIn(lab.folder)).toEqual(expect.arrayContaining(strange));
});

test('while a manifest in a place that was taken does not open, nothing is removed there, and health says so', async () => {
  await using lab = await openDestinationLab();
  const permit = await lab.may('backup.configure');
  const before = await lab.addDestination();
  const backup = await lab.create('Monday');
  await lab.sent(before, backup);
  await deleteDestination(lab.server, permit, before.id);
  const altered = `manifests/${randomUUID()}.1`;
  await writeFile(path.join(lab.folder, altered), 'altered');
  const to = await createDestination(
    lab.server,
    permit,
    { name: 'Again', url: lab.url },
    { hasKit: true, takeOver: true },
  );
  const unneeded = `chunks/ab/${'ab'.repeat(32)}.7`;
  await mkdir(path.dirname(path.join(lab.folder, unneeded)), { recursive: true });
  await writeFile(path.join(lab.folder, unneeded), 'of the manifest that does not open');
  await lab.sent(to, backup);
  const tend = async () => {
    await lab.server.vault.$transaction((tx) => enqueueTend(tx, to.id));
    const { id } = await lab.server.vault.job.findFirstOrThrow({
      where: { kind: 'TEND_DESTINATION' },
      orderBy: { createdAt: 'desc' },
    });
    expect(await lab.worker.ended(id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  };
  for (let n = 0; n < 3; n++) {
    await tend();
    await lab.server.pool.query(
      "UPDATE vault.external_object SET condemned_at = now() - interval '25 hours' WHERE name = $1",
      [unneeded],
    );
  }
  expect(await objectsIn(lab.folder)).toContain(unneeded);
  const { unreadable } = await lab.view(to);
  expect(unreadable).toEqual([
    { object: altered, failure: expect.objectContaining({ code: 'MANIFEST_CORRUPT' }) },
  ]);
  const told = async () =>
    (await readHealth(lab.server)).problems.filter(({ code }) => code === 'EXTERNAL_UNREADABLE');
  expect(await told()).toMatchObject([
    { level: 'WARNING', summary: { params: { name: 'Again', count: 1 } } },
  ]);
  const { text } = await readMetrics(lab.server);
  expect(text).toContain('fiberkeep_external_unreadable{destination="Again"} 1\n');

  await rm(path.join(lab.folder, altered));
  await lab.server.vault.destination.updateMany({ data: { listedAt: null } });
  await tend();
  expect((await lab.view(to)).unreadable).toEqual([]);
  expect(await told()).toEqual([]);
  await tend();
  expect(await objectsIn(lab.folder)).not.toContain(unneeded);
});
