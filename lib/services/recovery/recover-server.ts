import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { VaultState } from '#engine/external/vault-state.ts';
import { readVaultState } from '#engine/external/vault-state.ts';
import { asStorageClass } from '#engine/store/storage-class.ts';
import { asFiberkeepError, FiberkeepError, notFound } from '#errors';
import type { Job, Restore } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob, jobError, stopJob } from '#jobs/queue.ts';
import { findBackupRow } from '../backups/backup-rows.ts';
import {
  type DestinationRow,
  findDestination,
  writeDestination,
} from '../external/destination-rows.ts';
import { discoverCopies } from '../external/discover-copies.ts';
import { fetchBackupJob, requestFetch } from '../external/fetch-backup.ts';
import { openDestination, settingsIn } from '../external/open-destination.ts';
import type { PlaceSettings } from '../external/place-settings.ts';
import { permit, permitInPerson } from '../permit.ts';
import { applyRestore } from '../restores/apply-restore.ts';
import { requestStage, stageRestoreJob } from '../restores/stage-restore.ts';
import type { Server } from '../server.ts';
import { bringFileIn } from '../uploads/bring-file-in.ts';
import { checkUploadJob } from '../uploads/check-upload.ts';
import { finishUpload, retryUploadCheck } from '../uploads/uploads.ts';
import {
  attemptOf,
  enterLostKeys,
  findRecovery,
  isPlantEmpty,
  lockRecovery,
  markRecovered,
  noteAttempt,
  pauseSchedule,
  type RecoveryRow,
  restoreOf,
} from './recovery-rows.ts';
import { visitor } from './visitor.ts';

const LOOK_MS = 250;

export const recoverJob = defineJobKind({
  kind: 'RECOVER',
  input: z.strictObject({ backupId: z.uuid(), name: z.string() }),
  action: 'backup.restore',
  audit: 'server.recover',
  isChore: false,
  target: ({ backupId, name }) => ({ kind: 'backup', id: backupId, name }),
  run: runRecover,
});

/**
 * Asks for the next attempt of a recovery that was begun, once the kit's key is installed and an archive that is sent
 * has come whole; answers the attempt under way. Null where there is nothing to do. Any number of processes may call it.
 */
export async function requestDueRecovery(server: Server): Promise<Job | null> {
  const begun = await findRecovery(server.vault);
  if (!begun || begun.endedAt || begun.serverId !== server.keys.serverId) return null;
  return server.vault.$transaction(async (tx) => {
    const recovery = await lockRecovery(tx);
    if (!recovery || recovery.endedAt) return null;
    if (recovery.jobId !== null) return attemptOf(tx, recovery);
    if (recovery.uploadId !== null) {
      const upload = await tx.upload.findUnique({ where: { id: recovery.uploadId } });
      if (!upload || upload.status === 'RECEIVING') return null;
    }
    const { backupId, backupName: name } = recovery;
    const input = { backupId, name };
    const job = await enqueueJob(tx, recoverJob, { input, requestedBy: visitor });
    await noteAttempt(tx, job.id);
    return job;
  });
}

/** Another attempt after one that failed or was cancelled. Answers as `requestDueRecovery`. */
export async function tryAgain(server: Server): Promise<Job | null> {
  await server.vault.$transaction(async (tx) => {
    const recovery = await lockRecovery(tx);
    const job = recovery && (await attemptOf(tx, recovery));
    if (job?.endedAt && !recovery?.endedAt) await noteAttempt(tx, null);
  });
  return requestDueRecovery(server);
}

/**
 * The job: makes this server the one that was lost. Each step is left out where an earlier attempt did it, so it may
 * be killed or fail at any moment, and goes on where it was.
 */
async function runRecover(server: Server, run: JobRun): Promise<void> {
  const recovery = await findRecovery(server.vault);
  if (!recovery || recovery.jobId !== run.job.id) throw notFound('job');
  if (recovery.serverId !== server.keys.serverId)
    throw new FiberkeepError('WRONG_KEY', {
      reason: 'kitOfOtherServer',
      params: { place: recovery.place },
    });
  if ((await restoreOf(server.vault, recovery))?.status !== 'APPLIED') {
    await takeCatalogue(server, run, recovery);
    await bringBackup(server, run, recovery);
    await apply(server, run, await stage(server, run, recovery));
  }
  await run.commit({ backupId: recovery.backupId }, (tx) =>
    markRecovered(tx, recovery, server.now()),
  );
}

/** Enters what lies in the place, and what people had set up: the vault of the server before, as far as it was sent. */
async function takeCatalogue(
  server: Server,
  run: JobRun,
  { destinationId }: RecoveryRow,
): Promise<void> {
  const row = destinationId === null ? null : await findDestination(server.vault, destinationId);
  if (!row) return;
  run.report('discovering', 0, 0, 'steps');
  await using place = await openDestination(server, row, run.signal);
  const state = await readVaultState(place.store, server.keys);
  await discoverCopies(server, place, row.id, state, run.signal);
  await server.vault.$transaction(async (tx) => {
    await pauseSchedule(server, tx, state);
    await enterLostKeys(tx, state?.apiKeys ?? [], server.now());
    await writeDestination(tx, row.id, settingsBefore(row, state));
  });
}

/** Name, retention, lock and storage class that the destination had on the server before. */
function settingsBefore(row: DestinationRow, state: VaultState | null) {
  const before = state?.destinations.find(({ access }) => isSameAccess(access, settingsIn(row)));
  if (!before) return {};
  const { name, keepLast, keepDaily, keepWeekly, keepMonthly, lockDays = null } = before;
  const storageClass = asStorageClass(before.storageClass);
  return { name, keepLast, keepDaily, keepWeekly, keepMonthly, lockDays, storageClass };
}

/** The same place may be reached by another address today. */
function isSameAccess(before: Record<string, unknown>, settings: PlaceSettings): boolean {
  if (before.kind !== settings.kind) return false;
  if (settings.kind === 'FOLDER') return before.folder === settings.folder;
  if (settings.kind === 'S3')
    return before.bucket === settings.bucket && before.prefix === settings.prefix;
  return before.folder === settings.folder && before.user === settings.user;
}

async function bringBackup(server: Server, run: JobRun, recovery: RecoveryRow): Promise<void> {
  const isHere = () => findBackupRow(server.vault, recovery.backupId);
  if (await isHere()) return;
  const job = await requestBackup(server, run, recovery);
  try {
    await waitFor(server, run, job);
  } catch (thrown) {
    // An earlier attempt brought it at this very moment.
    if (asFiberkeepError(thrown).code !== 'ALREADY_HERE') throw thrown;
  }
  if (!(await isHere())) throw notFound('backup');
}

async function requestBackup(server: Server, run: JobRun, recovery: RecoveryRow): Promise<Job> {
  const mayUpload = await permit(server, visitor, 'backup.upload');
  const { source, place, backupId, destinationId, uploadId } = recovery;
  if (source === 'PLACE' && destinationId !== null)
    return requestFetch(server, mayUpload, { backupId, destinationId });
  if (source === 'FILE')
    return bringFileIn(server, mayUpload, place, (done, total) => {
      run.signal.throwIfAborted();
      run.report('receiving', done, total, 'bytes');
    });
  const upload = await server.vault.upload.findUnique({ where: { id: uploadId ?? '' } });
  if (upload?.status === 'FAILED') return retryUploadCheck(server, mayUpload, upload.id);
  const job = upload?.jobId && (await server.vault.job.findUnique({ where: { id: upload.jobId } }));
  if (job) return job;
  const check = upload && (await finishUpload(server, mayUpload, upload.id));
  if (!check) throw new FiberkeepError('UPLOAD_GONE');
  return check;
}

async function stage(server: Server, run: JobRun, recovery: RecoveryRow): Promise<Restore> {
  const known = await restoreOf(server.vault, recovery);
  const isGood = known?.goodUntil && known.goodUntil > new Date();
  if (known?.status === 'STAGED' && isGood) return known;
  if (known?.status === 'STAGING') {
    const job = await server.vault.job.findUnique({ where: { id: known.jobId } });
    if (job && !job.endedAt) {
      await waitFor(server, run, job);
      return known;
    }
  }
  const mayRestore = await permit(server, visitor, 'backup.restore');
  const { restore, job } = await requestStage(server, mayRestore, recovery.backupId);
  await waitFor(server, run, job);
  return restore;
}

async function apply(server: Server, run: JobRun, { id, backupName }: Restore): Promise<void> {
  run.report('applying', 0, 0, 'steps');
  const mayRestore = await permitInPerson(server, visitor, 'backup.restore');
  await applyRestore(server, mayRestore, id, {
    confirmName: backupName,
    cancelRunningBackup: true,
    keepNothing: await isPlantEmpty(server.pool),
  });
}

const waitedFor = {
  CHECK_UPLOAD: checkUploadJob,
  FETCH_BACKUP: fetchBackupJob,
  STAGE_RESTORE: stageRestoreJob,
} as const;

/** Waits for another job, and shows its progress as this one's. Whoever cancels this one cancels that one too. */
async function waitFor(server: Server, run: JobRun, job: Job): Promise<void> {
  for (;;) {
    const now = await server.vault.job.findUniqueOrThrow({ where: { id: job.id } });
    if (now.status === 'SUCCEEDED') return;
    if (now.endedAt) throw jobError(now);
    const { phase, progressDone, progressTotal, progressUnit } = now;
    run.report(
      phase || 'waiting',
      Number(progressDone),
      Number(progressTotal),
      progressUnit as Parameters<JobRun['report']>[3],
    );
    await sleep(LOOK_MS, undefined, { signal: run.signal }).catch(() => {});
    if (!run.signal.aborted) continue;
    await cancelWith(server, run, now);
    run.signal.throwIfAborted();
  }
}

async function cancelWith(server: Server, { signal }: JobRun, job: Job): Promise<void> {
  if (asFiberkeepError(signal.reason).code !== 'CANCELLED') return;
  const kind = waitedFor[job.kind as keyof typeof waitedFor];
  await server.vault.$transaction((tx) => stopJob(tx, kind, job.id));
}
