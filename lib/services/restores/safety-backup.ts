import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { FiberkeepError } from '#errors';
import { cancelUnheldJob, enqueueJob, requestJobCancel } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import { type SqlRunner, sqlRunnerOn, type VaultTransaction } from '#vault/client.ts';
import { type Authority, writeVault } from '../authority.ts';
import { createBackupJob } from '../backups/create-backup.ts';
import { type RestoredBackup, safetyName } from '../backups/given-name.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { waitUntilEnded } from './cancel-backup.ts';
import {
  type KeptPlant,
  keptPlantOf,
  listKeptPlants,
  lockKeptPlant,
  noteSafetyJob,
  safetyOf,
} from './kept-plant-rows.ts';

/** A SAFETY backup that did not succeed is asked for again after this time: the disk may still be full. */
const TRY_AGAIN_MS = 10 * 60 * 1000;
/** One that its restore test found damaged is made anew after this time: the disk may damage that one too. */
const MAKE_ANEW_MS = 6 * 60 * 60 * 1000;
/** How often a swap is tried again because a worker began the SAFETY backup in between. */
const ATTEMPTS = 3;

/** The swap that the SAFETY backup is made for: it holds the plant that was replaced, to its last write. */
interface Replaced {
  readonly by: { readonly actor: Actor };
  readonly restore: RestoredBackup;
  readonly replacedBy: string;
}

/** Queues the SAFETY backup of the plant kept as `schema`. Answers the job's id. */
export async function enqueueSafetyBackup(
  db: SqlRunner,
  { by, restore, replacedBy }: Replaced,
  schema: string,
): Promise<string> {
  const { id } = await enqueueJob(db, createBackupJob, {
    input: {
      backupId: uuidv7(),
      ...safetyName(restore, replacedBy),
      comment: '',
      includeFiles: true,
      kind: 'SAFETY',
      schema,
      scheduledFor: null,
    },
    requestedBy: by.actor,
  });
  return id;
}

/** Asks again for every SAFETY backup that is missing. */
export async function requeueSafetyBackups(server: Server): Promise<void> {
  const settled = new Date(Date.now() - TRY_AGAIN_MS);
  for (const kept of await listKeptPlants(server.vault)) {
    const { job } = await safetyOf(server.vault, kept);
    if (!job?.endedAt || job.endedAt < settled) await requeueUnlessMade(server, kept.schema);
  }
}

/** Asks again for the SAFETY backup of the plant that this restore replaced, if it is missing. */
export async function requeueSafetyBackup(server: Server, restoreId: string): Promise<void> {
  const kept = await keptPlantOf(server.vault, restoreId);
  if (kept) await requeueUnlessMade(server, kept.schema);
}

async function requeueUnlessMade(server: Server, schema: string): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    const kept = await lockKeptPlant(tx, schema);
    if (!kept || !(await lacksBackup(tx, kept))) return;
    const { restore, replacedBy } = kept;
    const asked = { by: { actor: systemActor }, restore, replacedBy };
    await noteSafetyJob(tx, schema, await enqueueSafetyBackup(tx, asked, schema));
  });
}

/**
 * Whether a kept plant has no backup and no job makes one. A backup deleted by hand counts as made until the
 * undo window ends, a damaged one for some hours. An empty plant gets none.
 */
async function lacksBackup(tx: VaultTransaction, kept: KeptPlant): Promise<boolean> {
  const { job, backup } = await safetyOf(tx, kept);
  if (kept.replacedBy === 'RECOVERY') return false;
  if (kept.safetyBackupId) {
    if (backup?.testFailedAt) return backup.testFailedAt < new Date(Date.now() - MAKE_ANEW_MS);
    return !backup && kept.keepUntil <= new Date();
  }
  return !job || ['FAILED', 'CANCELLED', 'SUCCEEDED'].includes(job.status);
}

/**
 * Does `work`, which swaps the kept plant back, with its SAFETY backup cancelled. Nobody may read the plant
 * while its name changes: the backup would mix two plants. Asks for the backup again where `work` throws,
 * because the plant stays kept then.
 */
export async function withoutSafetyBackup(
  server: Server,
  by: Authority,
  restoreId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await tryWithoutSafetyBackup(server, by, restoreId, work);
  } catch (cause) {
    await requeueSafetyBackup(server, restoreId);
    throw cause;
  }
}

async function tryWithoutSafetyBackup(
  server: Server,
  by: Authority,
  restoreId: string,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await cancelSafetyBackup(server, by, restoreId);
    try {
      return await work();
    } catch (cause) {
      const begun = cause instanceof FiberkeepError && cause.code === 'BACKUP_RUNNING';
      if (!begun || attempt === ATTEMPTS) throw cause;
    }
  }
}

async function cancelSafetyBackup(server: Server, by: Authority, restoreId: string): Promise<void> {
  const kept = await keptPlantOf(server.vault, restoreId);
  const jobId = kept?.safetyJobId;
  if (!jobId) return;
  await writeVault(server, by, (tx) => requestJobCancel(tx, jobId));
  await waitUntilEnded(server, jobId);
}

/**
 * Ends the SAFETY backup with the swap: its row stays locked, so that no worker claims it until then. Throws
 * BACKUP_RUNNING where a worker has begun it.
 */
export async function endSafetyJob(client: ClientBase, jobId: string | null): Promise<void> {
  if (jobId === null) return;
  const state = await cancelUnheldJob(sqlRunnerOn(client), createBackupJob, jobId);
  if (state === 'HELD')
    throw new FiberkeepError('BACKUP_RUNNING', { reason: 'safetyBackupRunning' });
}
