import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import { hotChunks } from '#engine/external/chunk-batches.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { openDestinationLab } from '#testing/destinations.ts';
import {
  classesIn,
  openS3Stage,
  PREFIX,
  readsOf,
  type S3Stage,
  sendNew,
  settled,
  tend,
  thawsAsked,
} from '#testing/s3-stage.ts';
import { deleteBackup } from '../backups/delete-backup.ts';
import { systemActor } from '../permit.ts';
import { requestFetch } from './fetch-backup.ts';
import { updateDestination } from './set-up-destination.ts';
import { testCopyJob } from './test-copy.ts';

const HOUR_MS = 60 * 60 * 1000;

function manifestOf({ lab: { server } }: S3Stage, { manifestObject }: Backup) {
  return readManifest(server.store, server.keys, manifestObject);
}

/** The chunks of a backup: those that say what it needs, and those that hold contents. */
async function chunksOf(stage: S3Stage, backup: Backup) {
  const hot = hotChunks(await manifestOf(stage, backup));
  const all = [...classesIn(stage).keys()];
  const contents = all.filter((name) => name.startsWith('chunks/') && !hot.has(name));
  return { hot: [...hot], contents };
}

/** The backup is gone here, as after a sweep. */
async function deletedHere({ lab }: S3Stage, { id }: Backup): Promise<void> {
  await deleteBackup(lab.server, await lab.may('backup.delete'), id);
  await settled(lab);
  await lab.server.pool.query('DELETE FROM vault.chunk');
  await rm(path.join(lab.opened.dataDir, 'vault', 'chunks'), { recursive: true });
}

async function fetchAsked({ lab, to }: S3Stage, { id }: Backup): Promise<Job> {
  const ids = { backupId: id, destinationId: to.id };
  return requestFetch(lab.server, await lab.may('backup.upload'), ids);
}

const isPostponed = ({ status, notBefore }: Job) =>
  status === 'QUEUED' && notBefore.getTime() > Date.now();

/** The job is due at once. */
async function hasten({ lab: { server } }: S3Stage, { id }: Job): Promise<void> {
  await server.vault.job.update({ where: { id }, data: { notBefore: new Date() } });
}

test('contents are sent in the class, and what a recovery reads first is not', async () => {
  await using stage = await openS3Stage({ storageClass: 'DEEP_ARCHIVE' });
  expect(stage.to).toMatchObject({ storageClass: 'DEEP_ARCHIVE' });
  const backup = await sendNew(stage, 'First');
  const { tables, files } = await manifestOf(stage, backup);
  const hot = [...tables.flatMap(({ rope }) => rope), ...files.list].map(chunkObject);
  expect(files.list.length).toBeGreaterThan(0);
  const isContents = (name: string) => name.startsWith('chunks/') && !hot.includes(name);
  const all = classesIn(stage);
  for (const name of hot) expect([...all.keys()]).toContain(name);
  expect([...all.keys()].filter(isContents).length).toBeGreaterThan(0);
  for (const [name, one] of all)
    expect([name, one]).toEqual([name, isContents(name) ? 'DEEP_ARCHIVE' : 'STANDARD']);
  // A reader finds out all that the backup needs without a thaw.
  const place = await stage.s3.open({ prefix: PREFIX });
  const { keys } = stage.lab.server;
  const manifest = await readManifest(place.store, keys, backup.manifestObject);
  let needed = 0;
  for await (const _ of manifestChunks(place.store, keys, manifest)) needed++;
  expect(needed).toBeGreaterThan(hot.length);
});

test('the class counts for what is sent from then on, and what was cold and must be hot is sent again', async () => {
  await using stage = await openS3Stage({ storageClass: 'GLACIER_IR' });
  const { lab, to, s3 } = stage;
  const first = await sendNew(stage, 'First');
  const { hot } = await chunksOf(stage, first);
  const permit = await lab.may('backup.configure');
  await updateDestination(lab.server, permit, to.id, { storageClass: 'BUCKET' });
  expect(await lab.view(to)).toMatchObject({ storageClass: null });
  const before = classesIn(stage);
  const second = await sendNew(stage, 'Second');
  for (const [name, one] of classesIn(stage)) expect(one).toBe(before.get(name) ?? 'STANDARD');
  // As if what is a rope now had been contents of an earlier backup.
  const { hot: hotNow } = await chunksOf(stage, second);
  const rope = hotNow.find((name) => hot.includes(name)) ?? '';
  const key = `${PREFIX}/${rope}`;
  const object = s3.server.objects.get(key);
  if (!object) throw new Error(`${rope} is not there`);
  s3.server.objects.set(key, { ...object, storageClass: 'GLACIER' });
  await lab.server.vault.externalObject.updateMany({
    where: { name: rope },
    data: { storageClass: 'GLACIER' },
  });
  await lab.sent(to, second);
  await settled(lab);
  expect(classesIn(stage).get(rope)).toBe('STANDARD');
});

test('what is frozen is neither read back nor tested, and what is hot is', async () => {
  await using stage = await openS3Stage({ storageClass: 'GLACIER' });
  const { lab, to, s3 } = stage;
  const backup = await sendNew(stage, 'First');
  const { hot, contents } = await chunksOf(stage, backup);
  s3.server.requests.length = 0;
  for (let day = 0; day < 3; day++) {
    await lab.server.vault.destination.updateMany({ data: { listedAt: new Date(0) } });
    await tend(stage);
  }
  expect(readsOf(stage, contents)).toEqual([]);
  expect(readsOf(stage, hot).length).toBeGreaterThanOrEqual(hot.length);
  expect(thawsAsked(stage)).toBe(0);
  await lab.server.vault.externalCopy.updateMany({ data: { testedAt: null } });
  expect(await lab.view(to)).toMatchObject({ state: 'OK', lostObjects: 0 });
  expect(await lab.server.vault.job.count({ where: { kind: 'TEST_COPY' } })).toBe(0);
  const input = { backupId: backup.id, name: 'First', givenName: null, destinationId: to.id };
  const asked = await enqueueJob(lab.server.vault, testCopyJob, {
    input,
    requestedBy: systemActor,
  });
  expect(await lab.worker.ended(asked.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'CONFLICT', reason: 'copyFrozen' },
  });
  expect(readsOf(stage, contents)).toEqual([]);
});

test('what is gone there is put again in its class', async () => {
  await using stage = await openS3Stage({ storageClass: 'GLACIER' });
  const { lab, s3 } = stage;
  const { contents } = await chunksOf(stage, await sendNew(stage, 'First'));
  const [gone = ''] = contents;
  s3.server.objects.delete(`${PREFIX}/${gone}`);
  await lab.server.vault.destination.updateMany({ data: { listedAt: null } });
  expect(await tend(stage)).toMatchObject({ result: { mended: '1', lost: '0' } });
  expect(classesIn(stage).get(gone)).toBe('GLACIER');
});

test('a server that knows nothing of the place yet learns what is frozen by its listing', async () => {
  await using stage = await openS3Stage({ storageClass: 'DEEP_ARCHIVE' });
  const { lab, s3 } = stage;
  const { contents } = await chunksOf(stage, await sendNew(stage, 'First'));
  await lab.server.vault.externalObject.deleteMany();
  await lab.server.vault.destination.updateMany({ data: { discoveredAt: null, listedAt: null } });
  s3.server.requests.length = 0;
  await tend(stage);
  expect(readsOf(stage, contents)).toEqual([]);
  const known = await lab.server.vault.externalObject.findMany({
    where: { storageClass: 'DEEP_ARCHIVE', checkedAt: null },
  });
  expect(known.map(({ name }) => name).sort()).toEqual([...contents].sort());
});

test('a backup is brought back once all of it is thawed, by whichever worker is there then', async () => {
  await using stage = await openS3Stage({ storageClass: 'DEEP_ARCHIVE' });
  const { lab, s3 } = stage;
  const backup = await sendNew(stage, 'First');
  const before = await lab.digest();
  const { contents } = await chunksOf(stage, backup);
  await lab.addPole('later');
  await deletedHere(stage, backup);
  s3.server.requests.length = 0;
  const asked = await fetchAsked(stage, backup);
  const waiting = await lab.worker.until(asked.id, isPostponed);
  expect(waiting).toMatchObject({ phase: 'thawing', progressDone: 0n });
  expect(waiting.progressTotal).toBeGreaterThan(0n);
  expect(thawsAsked(stage)).toBe(contents.length);
  expect(readsOf(stage, contents)).toEqual([]);
  // The same request is answered by the job that waits.
  expect((await fetchAsked(stage, backup)).id).toBe(asked.id);

  await lab.worker.stop();
  lab.startWorker();
  s3.server.thaws.pass(11 * HOUR_MS);
  await hasten(stage, asked);
  await lab.worker.until(asked.id, isPostponed);
  expect(readsOf(stage, contents)).toEqual([]);
  s3.server.thaws.pass(HOUR_MS);
  await hasten(stage, asked);
  expect(await lab.worker.ended(asked.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
  expect(thawsAsked(stage)).toBe(contents.length);
  const back = await lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
  expect(back).toMatchObject({ name: 'First', manifestSha256: backup.manifestSha256 });
  await lab.apply(await lab.stage(back));
  expect(await lab.digest()).toEqual(before);
});

test('what a rule of the bucket froze is thawed too', async () => {
  await using stage = await openS3Stage();
  const { lab, s3 } = stage;
  const backup = await sendNew(stage, 'First');
  const { contents } = await chunksOf(stage, backup);
  for (const name of contents) {
    const key = `${PREFIX}/${name}`;
    const object = s3.server.objects.get(key);
    if (object) s3.server.objects.set(key, { ...object, storageClass: 'GLACIER' });
  }
  await deletedHere(stage, backup);
  const asked = await fetchAsked(stage, backup);
  await lab.worker.until(asked.id, isPostponed);
  expect(thawsAsked(stage)).toBe(contents.length);
  s3.server.thaws.pass(5 * HOUR_MS);
  await hasten(stage, asked);
  expect(await lab.worker.ended(asked.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
});

test('a bucket that does not know the class is not sent to, and one that does says so', async () => {
  await using stage = await openS3Stage();
  const { lab, to, s3 } = stage;
  const permit = await lab.may('backup.configure');
  s3.server.hasClasses = false;
  await expect(
    updateDestination(lab.server, permit, to.id, { storageClass: 'GLACIER' }),
  ).rejects.toMatchObject({
    code: 'DESTINATION_UNUSABLE',
    params: { detail: expect.stringContaining('InvalidStorageClass') },
  });
  expect(await lab.view(to)).toMatchObject({ storageClass: null });
  s3.server.hasClasses = true;
  await updateDestination(lab.server, permit, to.id, { storageClass: 'GLACIER' });
  expect(await lab.view(to)).toMatchObject({
    storageClass: 'GLACIER',
    steps: expect.arrayContaining([
      expect.objectContaining({ step: 'STORAGE_CLASS', outcome: 'OK' }),
    ]),
  });
  expect([...classesIn(stage).keys()].filter((name) => name.startsWith('test/'))).toEqual([]);
});

test('a folder has no storage classes', async () => {
  await using lab = await openDestinationLab();
  await expect(lab.addDestination({ storageClass: 'GLACIER' })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    fields: [
      expect.objectContaining({ path: 'input.storageClass', reason: 'storageClassNeedsS3' }),
    ],
  });
  expect(await lab.addDestination({ storageClass: 'BUCKET' })).toMatchObject({
    storageClass: null,
  });
});
