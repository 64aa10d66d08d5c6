import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import type { ChunkRef } from '#engine/ports.ts';
import { asFiberkeepError, FiberkeepError, failureOf } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { countJobs, LEASE_MS } from '#jobs/job-rows.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import {
  ChunkSweep,
  type CondemnedChunk,
  type NeededBackup,
  noteUnreadableBackup,
} from '#vault/chunk-sweep.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { systemActor } from '../permit.ts';
import { markFirstFailure } from '../restore-tests/restore-test-rows.ts';
import { isVerdict, restoreTestEnded } from '../restore-tests/verdict.ts';
import type { Server } from '../server.ts';
import { findBackupRow } from './backup-rows.ts';

/** Long enough for every job that read a chunk when it was condemned to end or lose its lease. */
const GRACE_MS = 3 * LEASE_MS;
const MARK_BATCH = 5000;
const ORPHAN_BATCH = 2000;
/** Looking for objects without a row lists the whole store, so it is done once a day. */
const ORPHANS_EVERY_HOURS = 24;
const UNFINISHED_MS = 60 * 60 * 1000;

const CHUNK_NAME = /^chunks\/[0-9a-f]{2}\/([0-9a-f]{64})\.([0-9]+)$/;

export const sweepJob = defineJobKind({
  kind: 'SWEEP',
  input: z.strictObject({}),
  action: 'backup.delete',
  audit: 'backup.sweep',
  isChore: true,
  target: () => null,
  run: (server: Server, run: JobRun) => runSweep(server, run),
});

/** Queues a sweep. Null where one is waiting already. */
export async function requestSweep(
  server: Server,
  tx: VaultTransaction = server.vault,
): Promise<Job | null> {
  if ((await countJobs(tx, ['SWEEP'], ['QUEUED'])) > 0) return null;
  return enqueueJob(tx, sweepJob, { input: {}, requestedBy: systemActor });
}

/**
 * The job: removes the chunks that no backup needs, safely beside running creates. Fails, and removes
 * nothing, where a backup's list of chunks cannot be read.
 */
export async function runSweep(
  server: Server,
  run: JobRun,
  { graceMs = GRACE_MS }: { graceMs?: number } = {},
): Promise<void> {
  const client = await server.pool.connect();
  try {
    const swept = await sweep(server, run, client, graceMs);
    await run.commit({ deleted: String(swept) }, async () => {});
  } finally {
    // Closing the connection drops the marks.
    client.release(true);
  }
}

async function sweep(server: Server, run: JobRun, client: pg.ClientBase, graceMs: number) {
  const manifests = await listed(server, 'manifests/');
  const sweeping = await ChunkSweep.begin(client);
  const seen = new Set<string>();
  do await markAll(server, run, sweeping, seen);
  while (!(await sweeping.condemn()));
  if (await sweeping.hasCondemned()) {
    run.report('waiting', 0, 0, 'steps');
    await sleep(graceMs, undefined, { signal: run.signal });
  }
  run.report('deleting', 0, 0, 'steps');
  const deleted = await sweeping.deleteCondemned(graceMs, (chunk) =>
    server.store.delete(chunkObject(chunk)),
  );
  for (const object of await sweeping.orphanManifests(manifests)) await server.store.delete(object);
  if (!(await sweeping.ranWithin(ORPHANS_EVERY_HOURS))) await removeOrphans(server, run, sweeping);
  return deleted;
}

async function markAll(server: Server, run: JobRun, sweeping: ChunkSweep, seen: Set<string>) {
  const backups = await sweeping.unmarked();
  for (const [done, backup] of backups.entries()) {
    run.signal.throwIfAborted();
    run.report('marking', done, backups.length, 'steps');
    await mark(server, sweeping, backup, seen).catch((cause) =>
      unlessDeleted(server, run, sweeping, backup, cause),
    );
    sweeping.allMarked(backup);
  }
}

async function mark(
  server: Server,
  sweeping: ChunkSweep,
  backup: NeededBackup,
  seen: Set<string>,
): Promise<void> {
  const { store, keys } = server;
  const manifest = await readManifest(store, keys, backup.manifestObject);
  let batch: ChunkRef[] = [];
  try {
    // Marks go into a temporary table on disk; memory holds only ropes and lists that were seen.
    for await (const ref of manifestChunks(store, keys, manifest, seen)) {
      batch.push(ref);
      if (batch.length < MARK_BATCH) continue;
      await sweeping.mark(batch);
      batch = [];
    }
  } finally {
    // What was seen is not walked again for another backup, so it is marked even where this walk breaks off.
    await sweeping.mark(batch);
  }
}

/**
 * Passes over a backup that was deleted in between: it needs nothing any more. Of every other backup all
 * chunks must be known, or one whose manifest could still be repaired would lose them.
 */
async function unlessDeleted(
  server: Server,
  run: JobRun,
  sweeping: ChunkSweep,
  { id }: NeededBackup,
  cause: unknown,
): Promise<void> {
  if (!(await sweeping.unmarked()).some((backup) => backup.id === id)) return;
  if (!isVerdict(cause)) throw cause;
  const backup = await findBackupRow(server.vault, id);
  if (!backup) return;
  const error = new FiberkeepError('TEST_FAILED', {
    reason: 'neededPartUnreadable',
    params: { backupId: id, name: backup.name, cause: failureOf(asFiberkeepError(cause)) },
    cause,
  });
  const failure = failureOf(error);
  // Counts as a failed restore test, so that people who look at the backup see it.
  await server.vault.$transaction(async (tx) => {
    await noteUnreadableBackup(tx, run.job, id);
    if (!(await markFirstFailure(tx, id, failure))) return;
    await restoreTestEnded(tx, { backup, jobId: run.job.id, outcome: 'FAILED', error: failure });
  });
  throw error;
}

/** Removes objects without a row: a worker wrote them after it had lost its lease. */
async function removeOrphans(server: Server, run: JobRun, sweeping: ChunkSweep): Promise<void> {
  const remove = async (batch: CondemnedChunk[]) => {
    for (const chunk of await sweeping.withoutRow(batch))
      await server.store.delete(chunkObject(chunk));
  };
  let batch: CondemnedChunk[] = [];
  for await (const { name } of server.store.list('chunks/')) {
    run.signal.throwIfAborted();
    const [, id, generation] = CHUNK_NAME.exec(name) ?? [];
    if (id && generation) batch.push({ id, generation: BigInt(generation) });
    if (batch.length < ORPHAN_BATCH) continue;
    await remove(batch);
    batch = [];
  }
  await remove(batch);
  await server.store.tidy(new Date(Date.now() - UNFINISHED_MS));
}

async function listed(server: Server, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of server.store.list(prefix)) names.push(name);
  return names;
}
