import { z } from 'zod';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { type Sent, sendBackup } from '#engine/external/send.ts';
import type { ChunkRef, Manifest } from '#engine/ports.ts';
import type { Place } from '#engine/store/place.ts';
import { asStorageClass } from '#engine/store/storage-class.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { adoptQueuedJob, enqueueJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import { backupInput, backupInputFields, inputTarget } from '../backups/backup-fields.ts';
import { findReadyBackup, holdBackup } from '../backups/backup-rows.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { beginCopy, markHere } from './copy-rows.ts';
import { paceOf } from './destination-pace.ts';
import {
  type DestinationRow,
  laneOf,
  lockDestination,
  markRunFailed,
  markRunGood,
  writeDestination,
} from './destination-rows.ts';
import { AT_ONCE, rowForRun } from './destinations.ts';
import { openInventory } from './inventory-rows.ts';
import { lockOf } from './lock-of.ts';
import { notifyFailing, notifyGood } from './notify-external.ts';
import { assertOwned, openDestination } from './open-destination.ts';
import { lookOverdue } from './overdue.ts';
import { ownAndKnow } from './own-and-know.ts';
import { activeSend, isUnderWay } from './send-rows.ts';
import { sendVaultState } from './send-vault-state.ts';
import { enqueueTend } from './tend-destination.ts';

const jobInput = z.strictObject({ ...backupInputFields, destinationId: z.uuid() });
type SendInput = z.infer<typeof jobInput>;

/** Somebody cancelled it: the server does not begin anew at once. */
const AFTER_CANCEL_MS = 60 * 60 * 1000;

export const sendBackupJob = defineJobKind({
  kind: 'SEND_BACKUP',
  input: jobInput,
  action: 'backup.create',
  audit: 'backup.send',
  isChore: false,
  atOnce: AT_ONCE,
  lane: ({ destinationId }) => laneOf(destinationId),
  target: inputTarget,
  run: runSendBackup,
  onEnd: endSend,
});

/** What failed there is told there, and tried again; nothing here waits for it. */
async function endSend(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<SendInput>,
): Promise<void> {
  const row = await lockDestination(tx, input.destinationId);
  if (!row) return;
  const now = new Date();
  if (outcome.status === 'CANCELLED') {
    await writeDestination(tx, row.id, {
      nextAttemptAt: new Date(now.getTime() + AFTER_CANCEL_MS),
    });
    return;
  }
  await markRunFailed(tx, row, outcome.failure, now);
  await notifyFailing(tx, row, outcome.failure, now);
}

/**
 * Asks for a backup to be sent to a destination, or answers the job that does so. Throws NOT_FOUND, CONFLICT where
 * the destination is off or the backup holds no files, and TOO_MANY.
 */
export async function requestSend(
  server: Server,
  permit: Permit<'backup.create'>,
  { backupId, destinationId }: { readonly backupId: string; readonly destinationId: string },
): Promise<Job> {
  const { actor } = permit;
  return writeVault(server, permit, async (tx) => {
    const row = await lockDestination(tx, destinationId);
    if (!row) throw notFound('destination');
    const backup = await holdBackup(tx, backupId);
    if (!backup) throw notFound('backup');
    assertSendable(row, backup);
    const active = await activeSend(tx, destinationId, backupId);
    if (active && isUnderWay(active, server.now())) return active;
    await requireJobQuota(tx, actor);
    await recordAudit(tx, {
      actor,
      action: 'backup.send.request',
      target: backupTarget(backup),
      outcome: 'DONE',
      detail: { destination: row.name },
    });
    return active ? hasten(tx, active, actor) : enqueueSend(tx, row, backup, actor);
  });
}

/** The server waits with it for the end of quiet hours, which a person does not. */
async function hasten(tx: VaultTransaction, { id }: Job, by: Actor): Promise<Job> {
  await adoptQueuedJob(tx, id, by);
  return tx.job.findUniqueOrThrow({ where: { id } });
}

function assertSendable({ name, enabled }: DestinationRow, backup: Backup): void {
  if (!enabled)
    throw new FiberkeepError('CONFLICT', { reason: 'destinationOff', params: { name } });
  if (backup.includesFiles) return;
  const params = { name: backup.name };
  throw new FiberkeepError('CONFLICT', { reason: 'backupHasNoFiles', params });
}

export function enqueueSend(
  tx: VaultTransaction,
  { id }: Pick<DestinationRow, 'id'>,
  backup: Backup,
  requestedBy: Actor,
): Promise<Job> {
  const input = { ...backupInput(backup), destinationId: id };
  return enqueueJob(tx, sendBackupJob, { input, requestedBy });
}

/**
 * The job: sends what the place lacks of the backup, then the vault's state. Killed at any point, its next attempt
 * goes on where it stopped.
 */
export async function runSendBackup(server: Server, run: JobRun<SendInput>): Promise<void> {
  const { backupId, destinationId } = run.input;
  const began = performance.now();
  const row = await rowForRun(server, destinationId);
  if (!row.enabled)
    throw new FiberkeepError('CONFLICT', { reason: 'destinationOff', params: { name: row.name } });
  const backup = await findReadyBackup(server.vault, backupId);
  if (!backup) throw notFound('backup');
  const pace = paceOf(server, run, destinationId);
  await pace(0);
  await using place = await openDestination(server, row, run.signal);
  const owned = await ownAndKnow(server, run, place, row);
  const kept = backup.pinned || run.job.requestedByKind !== 'SERVER';
  await beginCopy(server.vault, destinationId, backup, { kept });
  const sent = await send(server, run, { place, row: owned, backup, pace });
  const state = await sendVaultState(server, place, owned);
  await assertOwned(server, place, owned);
  const bytes = sent.bytes + state;
  await run.commit(
    { backupId, objects: String(sent.objects), bytes: String(bytes) },
    async (tx) => {
      const now = await lockDestination(tx, destinationId);
      if (!now) throw notFound('destination');
      const seconds = (performance.now() - began) / 1000;
      await markHere(tx, destinationId, backupId, bytes);
      await notifyGood(tx, now, await lookOverdue(tx, now, server.now()));
      const { writes = null, reads = null } = place.usage ?? {};
      const figures = { bytes, objects: sent.objects, seconds, writes, reads };
      await markRunGood(tx, destinationId, figures, server.now());
      await enqueueTend(tx, destinationId);
    },
  );
}

interface Sending {
  readonly place: Place;
  readonly row: DestinationRow;
  readonly backup: Backup;
  pace(bytes: number): Promise<void>;
}

async function send(
  server: Server,
  run: JobRun<SendInput>,
  { place, row, backup, pace }: Sending,
): Promise<Sent> {
  const { store, keys } = server;
  const manifest = await readManifest(store, keys, backup.manifestObject);
  await pinChunks(server, run, manifest);
  return sendBackup({
    manifest,
    manifestObject: backup.manifestObject,
    store,
    keys,
    place,
    inventory: openInventory(server.pool, row.id),
    lock: await lockOf(server, place, row),
    storageClass: asStorageClass(row.storageClass),
    pace,
    assertOwned: () => assertOwned(server, place, row),
    report: run.report,
    signal: run.signal,
  });
}

const PIN_BATCH = 5_000;

/** The backup may be deleted while it is sent; what it needs stays until the job ends. */
async function pinChunks(server: Server, run: JobRun, manifest: Manifest): Promise<void> {
  const index = openChunkIndex(server.pool, run.job.id);
  let batch: ChunkRef[] = [];
  for await (const ref of manifestChunks(server.store, server.keys, manifest)) {
    if (batch.push(ref) < PIN_BATCH) continue;
    await index.pin(batch);
    batch = [];
  }
  await index.pin(batch);
  run.signal.throwIfAborted();
}
