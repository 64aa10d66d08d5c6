import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { openTransferLab, type TransferLab } from '#testing/transfer.ts';
import { startWorker, testRun } from '#testing/worker.ts';
import { deleteBackup } from '../backups/delete-backup.ts';
import { localActor, type Permit, permit } from '../permit.ts';
import { dropHeadsOfDeleted, giveUpHeads, keepHead } from './archive-head-rows.ts';
import { housekeepHeads, sweepHeads } from './kept-heads.ts';
import { openArchive } from './open-archive.ts';
import {
  enqueuePrepare,
  prepareArchiveJob,
  requestPrepare,
  runPrepareArchive,
} from './prepare-archive.ts';

let lab: TransferLab;
let mayDownload: Permit<'backup.download'>;
let backup: Backup;

beforeAll(async () => {
  lab = await openTransferLab();
  mayDownload = await permit(lab.server, localActor('Ana'), 'backup.download');
  backup = await lab.createBackup('One');
});
afterAll(() => lab[Symbol.asyncDispose]());

const never = () => new AbortController().signal;

async function prepare(of: Backup): Promise<void> {
  const { job } = await requestPrepare(lab.server, mayDownload, of.id);
  if (job) expect(await lab.worker.ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  const digest = await lab.server.vault.job.findFirst({
    where: { kind: 'DIGEST_ARCHIVE', input: { path: ['backupId'], equals: of.id } },
    orderBy: { id: 'desc' },
  });
  if (digest) await lab.worker.ended(digest.id);
}

async function objects(prefix = 'heads/'): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of lab.server.store.list(prefix)) names.push(name);
  return names.sort();
}

const headOf = (of: Backup) =>
  lab.server.vault.archiveHead.findUniqueOrThrow({ where: { backupId: of.id } });

const unusedSince = (of: Backup, minutes: number) =>
  lab.server.vault.archiveHead.update({
    where: { backupId: of.id },
    data: { lastUsedAt: new Date(Date.now() - minutes * 60_000) },
  });

describe('a head', () => {
  test('is made by one job, however many ask for it', async () => {
    await lab.worker.stop();
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => requestPrepare(lab.server, mayDownload, backup.id)),
    );
    expect(new Set(asked.map(({ job }) => job?.id)).size).toBe(1);
  });

  test('that is not ready in time is 503, and the wait ends when the client goes away', async () => {
    const open = (waitMs: number, signal: AbortSignal) =>
      openArchive(lab.server, mayDownload, backup.id, { waitMs, signal });
    await expect(open(200, never())).rejects.toMatchObject({
      code: 'ARCHIVE_PREPARING',
      status: 503,
    });
    await expect(open(60_000, AbortSignal.timeout(200))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    Object.assign(lab, { worker: startWorker(lab.server) });
    await prepare(backup);
    expect((await requestPrepare(lab.server, mayDownload, backup.id)).job).toBe(null);
  });

  test('that was made twice is kept once: the first one wins', async () => {
    const [first, second] = [await headOf(backup), await objects()];
    const other = { ...first, object: `heads/${backup.id}.999`, sha256: 'f'.repeat(64) };
    const kept = await lab.server.vault.$transaction((tx) => keepHead(tx, other));
    expect(kept).toEqual({ won: false, known: false });
    expect((await headOf(backup)).sha256).toBe(first.sha256);
    expect(await objects()).toEqual(second);
  });

  test('of a job that another job overtook leaves no piece behind', async () => {
    const before = await objects();
    await lab.server.vault.archiveHead.update({
      where: { backupId: backup.id },
      data: { status: 'GONE' },
    });
    // In one transaction, so that the worker does not claim it.
    const job = await lab.server.vault.$transaction(async (tx) => {
      const { id } = await enqueuePrepare(tx, backup);
      return tx.job.update({ where: { id }, data: { status: 'RUNNING' } });
    });
    const commit: JobRun['commit'] = (_result, work) =>
      lab.server.vault.$transaction(async (tx) => {
        await tx.archiveHead.update({ where: { backupId: backup.id }, data: { status: 'READY' } });
        await work(tx);
      });
    await runPrepareArchive(lab.server, testRun(prepareArchiveJob, job, { commit }));
    await lab.server.vault.job.delete({ where: { id: job.id } });
    expect(await objects()).toEqual(before);
  });

  test('is given up when there are too many: the least recently used first, never one in use', async () => {
    const others = [await lab.createBackup('Two'), await lab.createBackup('Three')];
    for (const other of others) await prepare(other);
    const [two, three] = others as [Backup, Backup];
    await unusedSince(backup, 30);
    await unusedSince(two, 20);
    await unusedSince(three, 5);
    const total =
      (await headOf(backup)).bytes + (await headOf(two)).bytes + (await headOf(three)).bytes;
    expect(await giveUpHeads(lab.server.vault, total)).toEqual([]);
    const [given] = await giveUpHeads(lab.server.vault, total - 1n);
    expect(given?.object).toBe((await headOf(backup)).object);
    // Two is old enough to go, three was used five minutes ago.
    const rest = await giveUpHeads(lab.server.vault, 0n);
    expect(rest.map(({ object }) => object)).toEqual([(await headOf(two)).object]);
    await sweepHeads(lab.server);
    expect(await objects()).toEqual(await objects((await headOf(three)).object));
  });

  test('made again has the same bytes, and its published digest stays', async () => {
    const before = await lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
    const { sha256 } = await headOf(backup);
    await lab.server.vault.backup.update({
      where: { id: backup.id },
      data: { archiveSha256: 'a'.repeat(64) },
    });
    await prepare(backup);
    expect(await headOf(backup)).toMatchObject({ status: 'READY', sha256 });
    const after = await lab.server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });
    expect(after).toMatchObject({
      archiveSize: before.archiveSize,
      archiveSha256: 'a'.repeat(64),
    });
  });

  test('is kept with the sums of the files, and the archive gets its digest also without them', async () => {
    const { store } = lab.server;
    const { put } = store;
    const kept = await lab.createBackup('With sums');
    await prepare(kept);
    expect(await objects((await headOf(kept)).object)).toContain(
      `${(await headOf(kept)).object}.sums`,
    );
    store.put = async (name, bytes) => {
      if (name.endsWith('.sums')) throw new Error('no room');
      return put(name, bytes);
    };
    const other = await lab.createBackup('Without sums');
    await prepare(other).finally(() => {
      store.put = put;
    });
    expect(await objects((await headOf(other)).object)).not.toContain(
      `${(await headOf(other)).object}.sums`,
    );
    const { archiveSha256 } = await lab.server.vault.backup.findUniqueOrThrow({
      where: { id: other.id },
    });
    expect(archiveSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is deleted with its backup, and so are pieces without a row', async () => {
    const mayDelete = await permit(lab.server, localActor('Ana'), 'backup.delete');
    const { object } = await headOf(backup);
    expect((await objects(object)).length).toBeGreaterThan(0);
    await deleteBackup(lab.server, mayDelete, backup.id);
    await housekeepHeads(lab.server);
    expect(await objects(object)).toEqual([]);
    expect(await dropHeadsOfDeleted(lab.server.vault)).toEqual([]);
    await lab.server.store.put(`heads/${backup.id}.7.0`, randomBytes(10));
    await sweepHeads(lab.server);
    expect(await objects(`heads/${backup.id}`)).toEqual([]);
  });
});
