import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { someoneWaits } from '#testing/network.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { startWorker } from '#testing/worker.ts';
import { ChunkSweep } from '#vault/chunk-sweep.ts';
import { failureColumn } from '#vault/failures.ts';
import { givenNameColumn, readGivenName } from '#vault/given-name.ts';
import { cancelJob } from '../activity/cancel-job.ts';
import { deleteBackup } from '../backups/delete-backup.ts';
import { openArchive } from '../downloads/open-archive.ts';
import { housekeep } from '../housekeeping.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import { receiveUpload } from './receive-upload.ts';
import { createUpload, finishUpload, retryUploadCheck } from './uploads.ts';

let lab: TransferLab;
let mayUpload: Permit<'backup.upload'>;
let backup: Backup;
let archive: Buffer;

beforeAll(async () => {
  lab = await openTransferLab();
  const { server } = lab;
  await lab.addFile(500_000);
  backup = await lab.createBackup('One');
  mayUpload = await permit(server, localActor('Ana'), 'backup.upload');
  const mayDownload = await permit(server, localActor('Ana'), 'backup.download');
  const { signal } = new AbortController();
  await using open = await openArchive(server, mayDownload, backup.id, { waitMs: 20_000, signal });
  const pieces: Buffer[] = [];
  for await (const piece of open.read(0, open.size, signal)) pieces.push(Buffer.from(piece));
  archive = Buffer.concat(pieces);
  const mayDelete = await permit(server, localActor('Ana'), 'backup.delete');
  await deleteBackup(server, mayDelete, backup.id);
  await lab.worker.stop();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Sends all bytes of an upload. Answers its id and that of the job that checks it. */
async function sendAll() {
  const { server } = lab;
  const size = BigInt(archive.length);
  const upload = await createUpload(server, mayUpload, { fileName: 'one.tar.gz.doz', size });
  await receiveUpload(
    server,
    upload.id,
    0,
    (async function* () {
      yield archive;
    })(),
  );
  const job = await finishUpload(server, mayUpload, upload.id);
  return { uploadId: upload.id, jobId: job?.id ?? '' };
}

async function diskFull(): Promise<never> {
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** The bytes go a moment after the job ends. */
async function untilRemoved(id: string): Promise<void> {
  while ((await rowOf(id)).removedAt === null) await sleep(20);
}

const rowOf = (id: string) => lab.server.vault.upload.findUniqueOrThrow({ where: { id } });
const uploads = () => readdir(path.join(lab.web.opened.dataDir, 'uploads'));

test('a check that fails because of the server keeps the bytes and can be repeated', async () => {
  const full = startWorker(lab.server, { CHECK_UPLOAD: diskFull });
  const { uploadId, jobId } = await sendAll();
  expect(await full.ended(jobId)).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
  expect(await rowOf(uploadId)).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
  await full.stop();
  await housekeep(lab.server);
  expect(await uploads()).toEqual([uploadId]);
  const worker = startWorker(lab.server);
  const again = await retryUploadCheck(lab.server, mayUpload, uploadId);
  expect(await worker.ended(again.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await rowOf(uploadId)).toMatchObject({
    status: 'DONE',
    error: null,
    backupId: backup.id,
  });
  await untilRemoved(uploadId);
  expect(await uploads()).toEqual([]);
  await expect(retryUploadCheck(lab.server, mayUpload, uploadId)).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await worker.stop();
});

test('a cancelled check cancels its upload', async () => {
  const { uploadId, jobId } = await sendAll();
  await cancelJob(lab.server, localActor('Ana'), jobId);
  expect(await rowOf(uploadId)).toMatchObject({ status: 'CANCELLED' });
  await housekeep(lab.server);
  expect(await uploads()).toEqual([]);
  expect((await rowOf(uploadId)).removedAt).not.toBe(null);
});

test('the next worker finds the verdict of one that died', async () => {
  const { uploadId, jobId } = await sendAll();
  const verdict = {
    code: 'ARCHIVE_ALTERED',
    reason: 'segmentAltered',
    params: { segment: 7 },
    hint: 'keepAnotherBackup',
  };
  await lab.server.vault.upload.update({
    where: { id: uploadId },
    data: {
      status: 'REFUSED',
      error: { ...verdict },
    },
  });
  const worker = startWorker(lab.server);
  expect(await worker.ended(jobId)).toMatchObject({
    status: 'FAILED',
    error: verdict,
  });
  expect(await rowOf(uploadId)).toMatchObject({ status: 'REFUSED' });
  await worker.stop();
  await housekeep(lab.server);
});

test('a check that another one overtakes at its commit is told that the backup is here', async () => {
  const { server } = lab;
  await server.vault.backup.deleteMany({ where: { id: backup.id } });
  const { uploadId, jobId } = await sendAll();
  const worker = startWorker(server);
  await server.vault.$transaction(async (tx) => {
    const { tables, structure } = backup as { tables: object; structure: object };
    const notRestorable: object[] = [];
    const givenName = givenNameColumn(readGivenName(backup.givenName));
    const testError = failureColumn(null);
    const unknown = { changes: undefined, anomaly: undefined };
    await tx.backup.create({
      data: { ...backup, givenName, testError, ...unknown, tables, notRestorable, structure },
    });
    await someoneWaits(server, 'INSERT');
  });
  expect(await worker.ended(jobId)).toMatchObject({
    status: 'FAILED',
    error: { code: 'ALREADY_HERE' },
  });
  expect(await rowOf(uploadId)).toMatchObject({ status: 'REFUSED', backupId: backup.id });
  await worker.stop();
  await housekeep(server);
});

test('an upload gets no space that others were promised', async () => {
  const { server } = lab;
  const { bavail, bsize } = await import('node:fs/promises').then(({ statfs }) =>
    statfs(lab.web.opened.dataDir),
  );
  const third = BigInt(Math.floor((bavail * bsize) / 3));
  const large = { fileName: 'large', size: third };
  const first = await createUpload(server, mayUpload, large);
  await expect(createUpload(server, mayUpload, large)).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect((await stat(path.join(lab.web.opened.dataDir, 'uploads', first.id))).size).toBe(0);
  expect(await uploads()).toEqual([first.id]);
});

test('a sweep that marked a backup marks it again after it was deleted and uploaded', async () => {
  const client = await lab.server.pool.connect();
  const sweep = await ChunkSweep.begin(client);
  const before = await sweep.unmarked();
  expect(before.map(({ id }) => id)).toContain(backup.id);
  for (const known of before) sweep.allMarked(known);
  expect(await sweep.unmarked()).toEqual([]);
  const manifestObject = `manifests/${backup.id}.123456789`;
  await lab.server.vault.backup.update({ where: { id: backup.id }, data: { manifestObject } });
  expect(await sweep.unmarked()).toEqual([{ id: backup.id, manifestObject }]);
  client.release(true);
});
