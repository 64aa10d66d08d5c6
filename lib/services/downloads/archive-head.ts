import { createHash } from 'node:crypto';
import { z } from 'zod';
import { makeHead } from '#engine/archive/write/head.ts';
import { type ArchiveLayout, openLayout } from '#engine/archive/write/layout.ts';
import {
  checkHead,
  headName,
  headObjects,
  openHeadWriter,
  openStoredHead,
  putSums,
  sumsObject,
} from '#engine/archive/write/stored-head.ts';
import { readManifest } from '#engine/backup/read.ts';
import type { Manifest } from '#engine/ports.ts';
import { notFound } from '#errors';
import { publish } from '#events/channel.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import {
  type BackupInput,
  backupInput,
  backupInputFields,
  inputTarget,
} from '../backups/backup-input.ts';
import { compressionRatio, holdBackup, lockBackup } from '../backups/backup-rows.ts';
import { type Permit, systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { requireFreeSpace } from '../space.ts';
import {
  areHeadsSettled,
  backupsWithHeads,
  dropHeadsOfDeleted,
  giveUpHeads,
  type HeadPlace,
  type HeadRow,
  keepHead,
  keptHeads,
  type NewHead,
  nextAttempt,
  touchHead,
} from './archive-head-rows.ts';

/** All heads that are kept have at most so many bytes, those being sent apart. */
const MOST_HEAD_BYTES = 4n * 1024n * 1024n * 1024n;

/** Who sends or reads one says so this often. */
export const HEAD_USE_MS = 60_000;

/** Who downloads is written down by the download. */
export const prepareArchiveJob = defineJobKind({
  kind: 'PREPARE_ARCHIVE',
  input: z.strictObject(backupInputFields),
  action: 'backup.download',
  audit: 'backup.prepare-archive',
  isChore: true,
  target: inputTarget,
  run: runPrepareArchive,
});

export const digestArchiveJob = defineJobKind({
  kind: 'DIGEST_ARCHIVE',
  input: z.strictObject(backupInputFields),
  action: 'backup.download',
  audit: 'backup.digest-archive',
  isChore: true,
  target: inputTarget,
  run: runDigestArchive,
});

/**
 * Sees to it that the archive's head is made: answers the job that does, the one under way where there is
 * one, or null where the head is kept already. Throws NOT_FOUND.
 */
export async function requestPrepare(
  { vault }: Server,
  { actor }: Permit<'backup.download'>,
  backupId: string,
): Promise<{ backup: Backup; job: Job | null }> {
  return vault.$transaction(async (tx) => {
    // One asks at a time, so that two do not both queue a job.
    const backup = await lockBackup(tx, backupId);
    if (backup?.status !== 'READY') throw notFound('backup');
    if (await touchHead(tx, backupId)) return { backup, job: null };
    const job = (await runningPrepare(tx, backupId)) ?? (await enqueuePrepare(tx, backup, actor));
    return { backup, job };
  });
}

function runningPrepare(tx: VaultTransaction, backupId: string): Promise<Job | null> {
  return tx.job.findFirst({
    where: {
      kind: 'PREPARE_ARCHIVE',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      input: { path: ['backupId'], equals: backupId },
    },
  });
}

/** Queues the making of a head; for an automatic backup at once, in the transaction that enters it. */
export function enqueuePrepare(
  tx: VaultTransaction,
  backup: Pick<Backup, 'id' | 'name' | 'givenName'>,
  requestedBy: Actor = systemActor,
): Promise<Job> {
  const input = backupInput(backup);
  return enqueueJob(tx, prepareArchiveJob, { input, requestedBy });
}

/** Of these backups, in their order, whether a download begins at once. */
export async function whichAreReady(
  { vault }: Server,
  backupIds: readonly string[],
): Promise<boolean[]> {
  const kept = await backupsWithHeads(vault, backupIds);
  return backupIds.map((id) => kept.has(id));
}

/** The job: makes the head, proves that it reads back, and keeps it unless another one was first. */
export async function runPrepareArchive(server: Server, run: JobRun<BackupInput>): Promise<void> {
  const { backupId } = run.input;
  const backup = await readyBackup(server, backupId);
  if (await touchHead(server.vault, backupId)) return run.commit({ backupId }, async () => {});
  await giveUpOldHeads(server);
  await requireRoom(server, backup);
  const manifest = await readManifest(server.store, server.keys, backup.manifestObject);
  const object = headName(backupId, await nextAttempt(server.vault));
  const writer = openHeadWriter(server.store, server.keys, object);
  let bytes = 0;
  try {
    const made = await makeHead({
      store: server.store,
      keys: server.keys,
      manifest,
      sink: (piece) => {
        bytes += piece.length;
        return writer.write(piece);
      },
      report: run.report,
      signal: run.signal,
    });
    await writer.finish();
    const head = { ...made, backupId, object, bytes: BigInt(made.bytes) };
    const layout = await layoutOf(server, manifest, head);
    if (!(await keepMade(run, backup, head, layout))) await deleteHead(server, head);
  } catch (thrown) {
    await deleteUnkept(server, { object, bytes: BigInt(bytes) });
    throw thrown;
  }
}

/** A commit that broke off may have come through: where that cannot be told, the pieces stay for the sweep. */
async function deleteUnkept(server: Server, head: HeadPlace): Promise<void> {
  const kept = await keptHeads(server.vault).catch(() => null);
  if (kept && !kept.has(head.object)) await deleteHead(server, head);
}

/** The archive of a backup with the head that is kept of it, tested to read back. */
async function layoutOf(
  server: Server,
  manifest: Manifest,
  head: NewHead,
  noteSum?: (sum: number) => void,
): Promise<ArchiveLayout> {
  const { store, keys } = server;
  const reader = storedHead(server, head);
  await checkHead(reader);
  const tested = { head: reader, digested: false };
  return openLayout({
    store,
    keys,
    manifest,
    ...tested,
    ...(noteSum && { noteSum }),
  });
}

/** The pieces of a kept head as the engine reads them. */
function storedHead(server: Server, head: Pick<HeadRow, 'object' | 'bytes' | 'sha256'>) {
  const place = { name: head.object, bytes: Number(head.bytes), sha256: head.sha256 };
  return openStoredHead(server.store, server.keys, place);
}

async function keepMade(run: JobRun, backup: Backup, head: NewHead, layout: ArchiveLayout) {
  const { id } = backup;
  let won = false;
  await run.commit({ backupId: id }, async (tx) => {
    if (!(await holdBackup(tx, id))) throw notFound('backup');
    const kept = await keepHead(tx, head);
    won = kept.won;
    if (!won) return;
    const archiveSha256 = kept.known ? backup.archiveSha256 : null;
    const archiveSize = BigInt(layout.size);
    await tx.backup.update({
      where: { id },
      data: { archiveSize, archiveExact: true, archiveSha256 },
    });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id });
    if (archiveSha256 === null)
      await enqueueJob(tx, digestArchiveJob, {
        input: backupInput(backup),
        requestedBy: systemActor,
      });
  });
  return won;
}

async function readyBackup(server: Server, id: string): Promise<Backup> {
  const backup = await server.vault.backup.findFirst({ where: { id, status: 'READY' } });
  if (!backup) throw notFound('backup');
  return backup;
}

/** Throws DISK_FULL before anything is written where the store can hardly hold the head. */
async function requireRoom(server: Server, backup: Backup): Promise<void> {
  requireFreeSpace({
    freeBytes: await server.store.freeBytes(),
    neededBytes: Number(backup.tableBytes) * (await compressionRatio(server.vault)),
    reason: 'noRoomForArchive',
  });
}

/** The job: reads the whole archive once and notes its SHA-256, for people to compare their copies with. */
export async function runDigestArchive(server: Server, run: JobRun<BackupInput>): Promise<void> {
  const { backupId } = run.input;
  const backup = await server.vault.backup.findFirst({ where: { id: backupId, status: 'READY' } });
  const head = backup && (await touchHead(server.vault, backupId));
  // Deleted, or given up, in the meantime: the next head asks for its digest itself.
  if (!head) return run.commit({ backupId }, async () => {});
  const archiveSha256 = await digestOf(server, run, backup, head);
  await run.commit({ backupId }, async (tx) => {
    const same = await tx.archiveHead.count({ where: { backupId, sha256: head.sha256 } });
    if (same === 0) return;
    await tx.backup.updateMany({ where: { id: backupId }, data: { archiveSha256 } });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id: backupId });
  });
}

async function digestOf(server: Server, run: JobRun, backup: Backup, head: HeadRow) {
  const { store, keys } = server;
  const manifest = await readManifest(store, keys, backup.manifestObject);
  const sums: number[] = [];
  const layout = await layoutOf(server, manifest, head, (sum) => sums.push(sum));
  const hash = createHash('sha256');
  let done = 0;
  let used = Date.now();
  for await (const pieces of layout.read(0, layout.size, run.signal)) {
    for (const piece of pieces) {
      hash.update(piece);
      done += piece.length;
    }
    run.report('digest', done, layout.size, 'bytes');
    if (Date.now() - used < HEAD_USE_MS) continue;
    used = Date.now();
    await touchHead(server.vault, backup.id);
  }
  // Where there is no room for them, whoever sends the archive computes them.
  await putSums(store, keys, head.object, sums).catch(() => {});
  return hash.digest('hex');
}

/** The chores of every minute: heads of deleted backups go, and the oldest where there are too many. */
export async function housekeepHeads(server: Server): Promise<void> {
  for (const head of await dropHeadsOfDeleted(server.vault)) await deleteHead(server, head);
  await giveUpOldHeads(server);
}

async function giveUpOldHeads(server: Server): Promise<void> {
  for (const head of await giveUpHeads(server.vault, MOST_HEAD_BYTES))
    await deleteHead(server, head);
}

async function deleteHead(server: Server, { object, bytes }: HeadPlace): Promise<void> {
  for (const name of [...headObjects(object, Number(bytes)), sumsObject(object)])
    await server.store.delete(name);
}

/** The chore of every hour: pieces that no row names, left by a process that died. */
export async function sweepHeads(server: Server): Promise<void> {
  const found: string[] = [];
  for await (const { name } of server.store.list('heads/')) found.push(name);
  if (found.length === 0 || !(await areHeadsSettled(server.vault))) return;
  const kept = await keptHeads(server.vault);
  for (const name of found)
    if (!kept.has(name.slice(0, name.lastIndexOf('.')))) await server.store.delete(name);
}
