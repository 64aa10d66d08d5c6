import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import type { ChunkRef } from '#engine/ports.ts';
import { asFiberkeepError, FiberkeepError, failureOf } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { LEASE_MS } from '#jobs/job-rows.ts';
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

/** Whoever was reading a chunk when it was condemned has lost its lease by then. */
const GRACE_MS = 3 * LEASE_MS;
const MARK_BATCH = 5000;
const ORPHAN_BATCH = 2000;
/** Objects that no row speaks of are looked for once a day: it lists the whole store. */
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

/** Queues a sweep, unless one is waiting already. Null where it is. */
export async function requestSweep(
  server: Server,
  tx: VaultTransaction = server.vault,
): Promise<Job | null> {
  const waiting = await tx.job.findFirst({ where: { kind: 'SWEEP', status: 'QUEUED' } });
  if (waiting) return null;
  return enqueueJob(tx, sweepJob, { input: {}, requestedBy: systemActor });
}

/**
 * The job: removes the chunks that no backup needs, safely beside running creates. Fails, and removes
 * nothing, where what a backup needs cannot be read.
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
    // The marks go with the connection.
    client.release(true);
  }
}

async function sweep(server: Server, run: JobRun, client: pg.ClientBase, graceMs: number) {
  const manifests = await listed(server, 'manifests/');
  const sweeping = await ChunkSweep.begin(client);
  const seen = new Set<string>();
  do await markAll(server, run, sweeping, seen);
  while (!(await sweeping.condemn()));
  run.report('waiting', 0, 0, 'steps');
  await sleep(graceMs, undefined, { signal: run.signal });
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
  // What is marked is on disk in the temporary table; only ropes and lists are remembered here.
  for await (const ref of manifestChunks(store, keys, manifest, seen)) {
    batch.push(ref);
    if (batch.length < MARK_BATCH) continue;
    await sweeping.mark(batch);
    batch = [];
  }
  await sweeping.mark(batch);
}

/**
 * One that was deleted in between needs nothing any more; of any other all chunks must be known, or one that
 * could still be brought back from a copy of its manifest would lose them.
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
  const backup = await server.vault.backup.findUniqueOrThrow({ where: { id } });
  const error = new FiberkeepError('TEST_FAILED', {
    reason: 'neededPartUnreadable',
    params: { backupId: id, name: backup.name, cause: failureOf(asFiberkeepError(cause)) },
    cause,
  });
  const failure = failureOf(error);
  // As good as a restore test: whoever looks at the backup is to know.
  await server.vault.$transaction(async (tx) => {
    await noteUnreadableBackup(tx, run.job, id);
    if (!(await markFirstFailure(tx, id, failure))) return;
    await restoreTestEnded(tx, { backup, jobId: run.job.id, outcome: 'FAILED', error: failure });
  });
  throw error;
}

/** Objects whose row is gone: written by a worker that was already taken for dead. */
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
