import { z } from 'zod';
import { makeHead } from '#engine/archive/write/head.ts';
import type { ArchiveLayout } from '#engine/archive/write/layout.ts';
import { headName, openHeadWriter } from '#engine/archive/write/stored-head.ts';
import { readManifest } from '#engine/backup/read.ts';
import { notFound } from '#errors';
import { publish } from '#events/channel.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import {
  backupInput,
  backupInputFields,
  inputTarget,
  type NamedBackup,
} from '../backups/backup-fields.ts';
import {
  compressionRatio,
  findReadyBackup,
  holdBackup,
  lockBackup,
} from '../backups/backup-rows.ts';
import { type Permit, systemActor } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { requireFreeSpace, storeReserve } from '../space.ts';
import {
  backupsWithHeads,
  type HeadPlace,
  keepHead,
  keptHeads,
  type NewHead,
  nextAttempt,
  noteArchive,
  runningPrepare,
  touchHead,
} from './archive-head-rows.ts';
import { digestArchiveJob } from './digest-archive.ts';
import { deleteHead, giveUpOldHeads, openCheckedLayout } from './kept-heads.ts';

/** Many downloads of one backup wait for its lock. */
const REQUEST_LIMITS = { maxWait: 10_000, timeout: 30_000 };

/** A chore, because the download itself is audited. */
export const prepareArchiveJob = defineJobKind({
  kind: 'PREPARE_ARCHIVE',
  input: z.strictObject(backupInputFields),
  action: 'backup.download',
  audit: 'backup.prepare-archive',
  isChore: true,
  target: inputTarget,
  run: runPrepareArchive,
});

/**
 * Has the archive's head made. Answers the job that makes it, which may run already, or null where the head is
 * kept. Throws NOT_FOUND, and TOO_MANY.
 */
export async function requestPrepare(
  server: Server,
  permit: Permit<'backup.download'>,
  backupId: string,
): Promise<{ backup: Backup; job: Job | null }> {
  const request = async (tx: VaultTransaction) => {
    // The lock keeps two requests from queueing two jobs.
    const backup = await lockBackup(tx, backupId);
    if (backup?.status !== 'READY') throw notFound('backup');
    if (await touchHead(tx, backupId)) return { backup, job: null };
    const running = await runningPrepare(tx, backupId);
    if (running) return { backup, job: running };
    await requireJobQuota(tx, permit.actor);
    return { backup, job: await enqueuePrepare(tx, backup, permit.actor) };
  };
  return writeVault(server, permit, request, { limits: REQUEST_LIMITS });
}

/** Queues the job that makes the head; for an automatic backup in the transaction that enters it. */
export function enqueuePrepare(
  tx: VaultTransaction,
  backup: Pick<Backup, 'id' | 'name' | 'givenName'>,
  requestedBy: Actor = systemActor,
): Promise<Job> {
  const input = backupInput(backup);
  return enqueueJob(tx, prepareArchiveJob, { input, requestedBy });
}

/** For each of these backups, in their order, whether a download would begin at once. */
export async function whichAreReady(
  { vault }: Server,
  backupIds: readonly string[],
): Promise<boolean[]> {
  const kept = await backupsWithHeads(vault, backupIds);
  return backupIds.map((id) => kept.has(id));
}

/** The job: makes the head, checks that it reads back, and keeps it unless another one was first. */
export async function runPrepareArchive(server: Server, run: JobRun<NamedBackup>): Promise<void> {
  const { backupId } = run.input;
  const backup = await findReadyBackup(server.vault, backupId);
  if (!backup) throw notFound('backup');
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
    const layout = await openCheckedLayout(server, manifest, head);
    if (!(await keepMade(run, backup, head, layout))) await deleteHead(server, head);
  } catch (thrown) {
    await deleteUnkept(server, { object, bytes: BigInt(bytes) });
    throw thrown;
  }
}

/** A commit that broke off may have succeeded. While nobody can tell, the pieces stay for the sweep. */
async function deleteUnkept(server: Server, head: HeadPlace): Promise<void> {
  const kept = await keptHeads(server.vault).catch(() => null);
  if (kept && !kept.has(head.object)) await deleteHead(server, head);
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
    await noteArchive(tx, id, { archiveSize: BigInt(layout.size), archiveSha256 });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id });
    if (archiveSha256 === null)
      await enqueueJob(tx, digestArchiveJob, {
        input: backupInput(backup),
        requestedBy: systemActor,
      });
  });
  return won;
}

/** Throws DISK_FULL, before anything is written, where the store would probably not hold the head. */
async function requireRoom(server: Server, backup: Backup): Promise<void> {
  requireFreeSpace({
    freeBytes: await server.store.freeBytes(),
    neededBytes: Number(backup.tableBytes) * (await compressionRatio(server.vault)),
    reserveBytes: await storeReserve(server),
    reason: 'noRoomForArchive',
  });
}
